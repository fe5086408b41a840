"""The website: all links lead somewhere, nothing is fetched, answers stand behind questions."""

import importlib
import re
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

import pytest

from course.coach.find import load_key
from website.__main__ import main
from website.machines import ADDRESS
from website.reference import doors

NOT_FETCHED = ("search", "index", "next", "prev", "canonical")  # where a link only says who is who


class Page(HTMLParser):
    """What a page names: where it leads, what a browser fetches for it, its places and pictures."""

    def __init__(self, text):
        super().__init__()
        self.links, self.fetched, self.ids, self.images, self.meta = [], [], set(), [], {}
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        told = dict(attributes)
        self.ids |= {told[name] for name in ("id", "name") if told.get(name)}
        if tag == "a" and told.get("href"):
            self.links.append(told["href"])
        elif tag in ("link", "script", "img", "source", "iframe"):
            address = told.get("src") or told.get("href") or told.get("srcset")
            if address and told.get("rel") not in NOT_FETCHED:
                self.fetched.append(address)
        if tag == "img":
            self.images.append(told)
        if tag == "meta":
            self.meta[told.get("name") or told.get("property")] = told.get("content")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    out = tmp_path_factory.mktemp("web") / "site"
    assert main(["02", "04", "glossary", "--out", str(out)]) == 0
    return out


@pytest.fixture(scope="module")
def pages(site):
    found = {
        path: Page(path.read_text("utf-8"))
        for path in site.rglob("*.html")
        if "_static" not in path.parts
    }
    assert len(found) > len(doors()) + 8
    return found


@pytest.fixture(scope="module")
def chapter(site):
    return (site / "chapters" / "02_sequences.html").read_text("utf-8")


def test_every_link_inside_leads_to_a_page_and_a_place_on_it(site, pages):
    lost = []
    for path, page in pages.items():
        for link in [*page.links, *page.fetched]:
            parts = urlsplit(link)
            if parts.scheme:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if not target.is_file():
                lost.append((path.name, link))
            elif parts.fragment and target in pages and parts.fragment not in pages[target].ids:
                lost.append((path.name, link))
    assert not lost


def test_nothing_is_fetched_from_another_host(pages):
    fetched = {address for page in pages.values() for address in page.fetched}
    assert not [a for a in fetched if urlsplit(a).scheme not in ("", "data") or a.startswith("//")]


def test_every_picture_says_what_it_shows(pages):
    assert sum(len(page.images) for page in pages.values()) > 5
    for page in pages.values():
        assert all(len(image.get("alt") or "") > 20 for image in page.images)


GENERATED = {"search.html", "genindex.html", "py-modindex.html"}  # pages without a text


def test_no_button_has_another_name_than_the_words_on_it(pages):
    for path in pages:
        text = path.read_text("utf-8")
        assert '<summary aria-label="' not in text, path.name
        assert not re.search(r'<button [^>]*aria-label="Search"', text), path.name


def test_each_page_says_in_a_sentence_what_it_is_and_shows_a_picture_where_it_is_shared(
    site, pages
):
    for path, page in pages.items():
        if path.name in GENERATED:
            continue
        assert 20 < len(page.meta["description"]) <= 204, path
        assert page.meta["og:title"] and page.meta["og:image:alt"], path
        picture = page.meta["og:image"].removeprefix(ADDRESS)
        assert (site / picture).is_file(), path


def test_machines_find_every_page_in_the_sitemap_and_none_that_is_not_there(site, pages):
    text = (site / "sitemap.xml").read_text("utf-8")
    listed = {site / place.removeprefix(ADDRESS) for place in re.findall(r"<loc>(.*?)</loc>", text)}
    assert listed == {path for path in pages if path.name not in GENERATED}


def test_the_list_for_language_models_leads_to_chapters_guides_and_reference(site):
    text = (site / "llms.txt").read_text("utf-8")
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == ["Chapters", "Reference", "Guides"]
    places = re.findall(r"^- \[[^]]+\]\((.*?)\): .+$", text, re.MULTILINE)
    assert places and len(places) == sum(line.startswith("- ") for line in text.splitlines())
    assert all((site / place.removeprefix(ADDRESS)).is_file() for place in places)


def without_folded(text):
    """A page's text as it is seen before anything is opened."""
    return re.sub(r"<details.*?</details>", "", text, flags=re.DOTALL)


def plain(text):
    return re.sub(r"<[^>]+>", "", text)


def test_solutions_and_answers_are_folded_and_questions_are_not(chapter):
    seen, everything = plain(without_folded(chapter)), plain(chapter)
    for solved in ("padded = np.zeros((len(sequences), max_len)", "62% of the shoppers"):
        assert solved in everything and solved not in seen
    for asked in ("def pad_left(sequences, max_len):", "Guess:", "Your turn (2.1)"):
        assert asked in seen
    for of_a_notebook in ("### BEGIN SOLUTION", "Instead of `...` write", "hint(", "scoreboard("):
        assert of_a_notebook not in seen


def test_hints_come_one_by_one_and_each_choice_of_a_quiz_has_its_explanation(chapter):
    key = load_key("02")
    cards = re.findall(r'<section class="coach[^>]*>.*?</section>', chapter, re.DOTALL)
    assert [count for card in cards if (count := card.count("<details>"))] == (
        [3] * len(key.EXERCISES) + [len(quiz.choices) for quiz in key.QUIZZES]
    )
    assert not any("in a cell" in card for card in cards)


def test_a_page_of_reference_names_all_that_its_door_shows(site):
    for door in doors():
        text = (site / "reference" / f"{door}.html").read_text("utf-8")
        for name in getattr(importlib.import_module(door), "__all__", ()):
            assert re.search(rf"<h2>{name}<", text), (door, name)


def test_formulas_are_set_by_the_browser_itself(site):
    text = (site / "chapters" / "04_losses.html").read_text("utf-8")
    assert text.count("<math") > 30 and "mathjax.js" not in text.lower()
    assert "$" not in plain(
        without_folded(re.sub(r"<(script|pre).*?</\1>", "", text, flags=re.DOTALL))
    )


def test_a_link_to_what_does_not_exist_is_an_error(tmp_path, monkeypatch, capfd):
    monkeypatch.setattr("website.sources._LINK", re.compile("(?!)"))  # no link is followed
    assert main(["glossary", "--out", str(tmp_path / "site")]) == 1
    assert "cross-reference target not found" in capfd.readouterr().err
