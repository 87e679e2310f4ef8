"""The style of a page."""

from docs_tools.dashboards.colours import EDGE, FAINT, PAGE, PANEL, TEXT

STYLE = f"""
* {{ box-sizing: border-box; margin: 0; }}
body {{ position: relative; background: {PAGE}; color: {TEXT}; overflow: hidden;
  font: 12px/1.3 Inter, Roboto, "Liberation Sans", "DejaVu Sans Condensed", sans-serif; }}
svg {{ display: block; }}
header {{ padding: 12px 16px; }}
h1 {{ font-size: 18px; font-weight: 500; }}
.time {{ position: absolute; right: 12px; top: 12px; padding: 5px 10px; border: 1px solid {EDGE}; }}
.chosen {{ margin-top: 10px; white-space: nowrap; }}
.chosen span {{ border: 1px solid {EDGE}; margin-right: 10px; padding: 5px 10px 5px 0; }}
.chosen b {{ background: {EDGE}; padding: 5px 8px; margin-right: 9px; font-weight: 500; }}
h2 {{ position: absolute; font-size: 15px; font-weight: 500; line-height: 30px; }}
h2 span {{ color: {FAINT}; margin: 0 8px 0 4px; }}
section {{ position: absolute; background: {PANEL}; border: 1px solid {EDGE}; border-radius: 2px;
  overflow: hidden; }}
h3 {{ font-size: 13px; font-weight: 500; line-height: 30px; padding: 0 8px; white-space: nowrap;
  overflow: hidden; text-overflow: ellipsis; }}
.inside {{ padding: 0 7px; position: relative; }}
.none {{ color: {FAINT}; text-align: center; padding-top: 34px; font-size: 14px; }}
.legend {{ overflow: hidden; margin-top: 4px; font-size: 11.5px; line-height: 18px; }}
.legend span {{ display: inline-block; white-space: pre; margin-right: 12px; }}
.legend i {{ display: inline-block; width: 14px; height: 4px; border-radius: 2px;
  margin: 0 5px 2px 0; }}
table {{ width: 100%; border-collapse: collapse; }}
th {{ text-align: left; font-weight: 500; color: #6e9fff; }}
th, td {{ padding: 0 8px; height: 21px; font-size: 11.5px; border-bottom: 1px solid {EDGE};
  white-space: nowrap; overflow: hidden; text-overflow: ellipsis; max-width: 190px; }}
th.number, .number {{ text-align: right; }}
footer {{ position: absolute; bottom: 9px; left: 12px; color: {FAINT}; }}
"""
