"""Sphinx's settings. `python -m website` names this folder and the assembled sources."""

from importlib import metadata

from website.machines import ADDRESS

project = "Sequential recommendation, in a pet shop whose best score is known"
author = "The Zooplus course authors"
version = release = metadata.version("zooplus-course")
html_show_copyright = False

exclude_patterns = ["extra"]  # the notebooks for download
extensions = ["myst_nb", "website.formulas", "website.labels", "website.machines"]
html_math_renderer = "mathml"

# Notebooks come with their outputs.
nb_execution_mode = "off"
nb_merge_streams = True
myst_enable_extensions = ["dollarmath", "html_image"]
myst_heading_anchors = 3
# A cell of "%matplotlib inline" and the like is read as Python all the same.
highlight_language = "python"
suppress_warnings = ["misc.highlighting_failure", "mystnb.unknown_mime_type"]

html_theme = "pydata_sphinx_theme"
html_title = "Zooplus course"
html_baseurl = ADDRESS
html_static_path = ["static"]
html_css_files = ["course.css"]
html_copy_source = False
html_show_sourcelink = False
html_sidebars = {"index": [], "play": []}
html_theme_options = {
    "github_url": "https://github.com/zooplus-course/zooplus-course",
    "show_toc_level": 2,
    "navigation_with_keys": False,
    "footer_start": ["sphinx-version"],
    "footer_end": ["theme-version"],
}
html_context = {"default_mode": "auto"}
