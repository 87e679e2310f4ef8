"""Who the users are to a log: made-up names, real places and browsers."""

import random

FIRST_NAMES = (
    "Adela", "Boris", "Camila", "Dorian", "Elif", "Farid", "Greta", "Hugo", "Ines", "Jonas",
    "Katya", "Leon", "Mira", "Nadia", "Oscar", "Petra", "Quentin", "Rosa", "Samir", "Tilda",
    "Umberto", "Vera", "Wes", "Ximena", "Yusuf", "Zora", "Anika", "Bruno", "Cleo", "Dario", "Esme",
    "Felix",
)  # fmt: skip
LAST_NAMES = (
    "Abbott", "Brandt", "Castellan", "Dunmore", "Eriksen", "Falk", "Garrick", "Holloway", "Ibarra",
    "Jansen", "Kestrel", "Lindqvist", "Marlow", "Novak", "Okafor", "Pemberton", "Quist", "Rosario",
    "Stavros", "Tamura", "Underhill", "Valente", "Whitlock", "Yilmaz",
)  # fmt: skip

_LOCATIONS = (
    ("New York-Newark-Jersey City, NY-NJ-PA", 20),
    ("Los Angeles-Long Beach-Anaheim, CA", 14),
    ("Chicago-Naperville-Elgin, IL-IN-WI", 10),
    ("Dallas-Fort Worth-Arlington, TX", 7),
    ("Houston-The Woodlands-Sugar Land, TX", 7),
    ("Washington-Arlington-Alexandria, DC-VA-MD-WV", 6),
    ("Philadelphia-Camden-Wilmington, PA-NJ-DE-MD", 6),
    ("Miami-Fort Lauderdale-West Palm Beach, FL", 6),
    ("Atlanta-Sandy Springs-Roswell, GA", 6),
    ("Boston-Cambridge-Newton, MA-NH", 5),
    ("San Francisco-Oakland-Hayward, CA", 5),
    ("Phoenix-Mesa-Scottsdale, AZ", 5),
    ("Seattle-Tacoma-Bellevue, WA", 4),
    ("Minneapolis-St. Paul-Bloomington, MN-WI", 4),
    ("Denver-Aurora-Lakewood, CO", 3),
    ("St. Louis, MO-IL", 3),
    ("Charlotte-Concord-Gastonia, NC-SC", 3),
    ("Portland-Vancouver-Hillsboro, OR-WA", 3),
    ("San Antonio-New Braunfels, TX", 2),
    ("Columbia, SC", 1),
    ("Klamath Falls, OR", 1),
    ("Parkersburg-Vienna, WV", 1),
    ("Winston-Salem, NC", 1),
    ("Red Bluff, CA", 1),
)

_WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
# Some browsers come wrapped in quotes of their own, as in the real logs.
_AGENTS = (
    (f'"Mozilla/5.0 (Windows NT 6.1; WOW64) {_WEBKIT} Chrome/36.0.1985.143 Safari/537.36"', 14),
    (f'"Mozilla/5.0 (Windows NT 6.3; WOW64) {_WEBKIT} Chrome/36.0.1985.125 Safari/537.36"', 9),
    (f'"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_9_4) {_WEBKIT} Chrome/36.0.1985.143"', 10),
    (
        (
            '"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_9_4) AppleWebKit/537.77.4 '
            '(KHTML, like Gecko) Version/7.0.5 Safari/537.77.4"'
        ),
        12,
    ),
    ("Mozilla/5.0 (Windows NT 6.1; WOW64; rv:31.0) Gecko/20100101 Firefox/31.0", 13),
    ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10.9; rv:31.0) Gecko/20100101 Firefox/31.0", 5),
    ("Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:31.0) Gecko/20100101 Firefox/31.0", 3),
    ("Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko", 5),
    (
        (
            '"Mozilla/5.0 (iPhone; CPU iPhone OS 7_1_2 like Mac OS X) AppleWebKit/537.51.2 '
            '(KHTML, like Gecko) Version/7.0 Mobile/11D257 Safari/9537.53"'
        ),
        6,
    ),
    (
        (
            '"Mozilla/5.0 (iPad; CPU OS 7_1_2 like Mac OS X) AppleWebKit/537.51.2 '
            '(KHTML, like Gecko) Version/7.0 Mobile/11D257 Safari/9537.53"'
        ),
        4,
    ),
)


def person(rng: random.Random) -> dict[str, object]:
    """Return who a user is: location, browser and (made-up) name, as the log's fields."""
    return {
        "location": _weighted(rng, _LOCATIONS),
        "userAgent": _weighted(rng, _AGENTS),
        "lastName": rng.choice(LAST_NAMES),
        "firstName": rng.choice(FIRST_NAMES),
    }


def _weighted(rng: random.Random, choices: tuple[tuple[str, int], ...]) -> str:
    names, weights = zip(*choices, strict=True)
    chosen: str = rng.choices(names, weights)[0]
    return chosen
