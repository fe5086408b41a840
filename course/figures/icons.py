"""A small drawing for each type of product in the shop, as CSS.

A drawing is a mask over the colour of the text beside it, so it follows every theme. It repeats
what the text says, and is nothing to a screen reader.
"""

from urllib.parse import quote

_BAG = "M6 3h12l-1 4 2 14H5L7 7z M9 14h6"
_BONE = (
    "M8.5 8.5l7 7 M8 9a2.2 2.2 0 1 1-2-3 M9 8a2.2 2.2 0 1 0-3-2 M16 15a2.2 2.2 0 1 1 2 3 "
    "M15 16a2.2 2.2 0 1 0 3 2"
)
#: What to draw, as SVG paths on a square of 24; lines, two wide.
_DRAWN = {
    "Puppy Food": _BAG,
    "Adult Dog Food": _BAG,
    "Dry Cat Food": _BAG,
    "Wet Cat Food": "M4 8c0-3 16-3 16 0v9c0 3-16 3-16 0z M4 8c0 3 16 3 16 0",
    "Fish Food": "M8 8h8l1 13H7z M9 8V3h6v5 M11 13v.1 M13 16v.1 M11 18v.1",
    "Food Bowl": "M3 12h18l-3 8H6z M7 11c1-6 9-6 10 0",
    "Bowl Mat": "M2 18h20 M5 18l2-8h10l2 8",
    "Water Dispenser": "M8 3h8v8H8z M6 11h12v10H6z M10 15h4",
    "Puppy Training Treats": _BONE,
    "Cat Treats": "M3 12c4-7 11-7 14 0-3 7-10 7-14 0z M17 12l4-4v8z M7 11v.1",
    "Dental Chews": (
        "M7 4c3 0 3 1 5 1s2-1 5-1c4 0 4 6 2 9l-2 7c-1 2-3 1-3-1l-1-5h-2l-1 5c0 2-2 3-3 1l-2-7c-2-3"
        "-2-9 2-9z"
    ),
    "Chew Toy": "M12 3a9 9 0 1 0 .1 0z M12 9a3 3 0 1 0 .1 0z",
    "Fetch Ball": "M12 3a9 9 0 1 0 .1 0z M6 6c5 3 5 9 0 12 M18 6c-5 3-5 9 0 12",
    "Puzzle Toy": "M4 8h4a3 3 0 1 1 6 0h5v4a3 3 0 1 0 0 5v4H4z",
    "Flea & Tick Prevention": "M12 3l8 3v6c0 5-4 8-8 9-4-1-8-4-8-9V6z M9 12h6 M12 9v6",
    "Dog Shampoo": "M7 10h10v11H7z M10 10V6h4v4 M9 3h6",
    "Grooming Brush": "M4 8h16 M4 4h16v4H4z M6 8v5 M10 8v5 M14 8v5 M18 8v5 M12 14v7",
    "Nail Clippers": "M6 15a3 3 0 1 0 .1 0z M18 15a3 3 0 1 0 .1 0z M8 16L17 3 M16 16L7 3",
    "Ear Wipes": "M4 11h16v9H4z M8 11l1-7c2 3 4-2 7 0v7",
    "Cat Litter": "M3 9h18l-2 11H5z M9 13v.1 M13 13v.1 M11 16v.1 M15 16v.1",
    "Catnip Mouse": "M3 17a7.5 7 0 0 1 14 0z M17 17c4 0 5-4 2-7 M7 14v.1",
    "Feather Wand": "M4 21l8-8 M12 13c0-7 4-9 9-9 0 5-2 9-9 9z",
    "Scratching Post": "M4 21h16 M9 21V8h6v13 M6 4h12v4H6z M9 12h6 M9 16h6",
    "Aquarium Plants": "M12 21V9 M12 16c-7 0-7-6-7-8 5 0 7 4 7 8z M12 12c6 0 7-5 7-8-5 0-7 4-7 8z",
    "Aquarium Tank": "M3 4h18v16H3z M3 9h18 M8 15c2-3 5-3 7 0-2 3-5 3-7 0z M15 15l2-2v4z",
    "Water Conditioner": "M12 3c4 6 6 8 6 11a6 6 0 0 1-12 0c0-3 2-5 6-11z",
    "Water Filter": "M4 4h16l-6 8v7l-4 2v-9z",
}


def icon_class(label: str) -> str:
    """The CSS class of a product's drawing: "Puppy Food €" -> "icon-puppy-food".

    A label of no known type gets "", and no drawing.
    """
    kind = label.rstrip("€ ")
    return f"icon-{_slug(kind)}" if kind in _DRAWN else ""


def icon_styles() -> str:
    """A rule for each drawing: it gives its class the property `--icon`."""
    return "\n".join(f".icon-{_slug(kind)}{{--icon:{_url(d)}}}" for kind, d in _DRAWN.items())


def _slug(kind: str) -> str:
    return "-".join(kind.replace("&", "and").lower().split())


def _url(path: str) -> str:
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="black" '
        f'stroke-width="2" stroke-linecap="round" stroke-linejoin="round"><path d="{path}"/></svg>'
    )
    return f'url("data:image/svg+xml,{quote(svg)}")'
