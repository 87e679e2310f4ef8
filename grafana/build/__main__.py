"""Writes every dashboard to ``grafana/dashboards/``, where it is committed."""

from grafana.build.every import FOLDER, texts


def main() -> None:
    """Write the files."""
    for name, text in texts().items():
        (FOLDER / name).write_text(text)


if __name__ == "__main__":
    main()
