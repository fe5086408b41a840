"""Every product of the shop has a drawing, and only products have one."""

import re
from urllib.parse import unquote
from xml.etree import ElementTree

from course.figures.icons import icon_class, icon_styles
from course.play.forecasters import TIERS
from zooplus_sim import ZooplusSimulator


def test_every_product_of_the_shop_has_a_drawing_that_is_valid_svg():
    products = ZooplusSimulator(n_users=10).products
    styles = icon_styles()
    for kind, tier in zip(products["product_type"], products["price_tier"], strict=True):
        name = icon_class(f"{kind} {TIERS[tier]}")
        rule = re.search(rf'\.{name}{{--icon:url\("data:image/svg\+xml,([^"]*)"\)}}', styles)
        drawing = ElementTree.fromstring(unquote(rule[1]))
        assert drawing[0].attrib["d"].startswith("M")


def test_a_label_of_no_product_has_no_drawing():
    assert icon_class("new puppy parent") == "" and icon_class("") == ""
