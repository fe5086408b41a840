"""What the course's live panels share: their look, and that their keys stay with them.

Text and lines take JupyterLab's own colours and so follow its theme. Every part of a panel is laid
out by the width of the panel, not of the window: side bars take some of it.
"""

import html
from collections.abc import Sequence

import ipywidgets as widgets

from course.figures.icons import icon_class, icon_styles

STYLE = """
.panel{color:var(--jp-content-font-color1,#222);font-size:13px;line-height:1.35;
container-type:inline-size}
.panel section,.panel details{border:1px solid var(--jp-border-color2,#ccc);border-radius:4px;
padding:8px 10px;min-width:0}
.panel h4{margin:0 0 2px!important;font-size:14px;font-weight:600}
.panel p{margin:0 0 6px!important;font-size:12px;line-height:1.4;
color:var(--jp-content-font-color1,#222)}
.panel summary{cursor:pointer;font-weight:600}
.panel ol,.panel ul{list-style:none;margin:0!important;padding:0!important}
.panel-price{white-space:nowrap}
.panel-name{overflow-wrap:break-word;min-width:0}
.panel-name::before,.panel-button[class*=icon-]::before{content:"";display:inline-block;width:13px;
height:13px;margin-right:4px;vertical-align:-2px;background:currentColor;
-webkit-mask:var(--icon) center/contain no-repeat;mask:var(--icon) center/contain no-repeat}
.panel-name:not([class*=icon-])::before{display:none}
.panel table{border-collapse:collapse;width:100%;font-size:13px;
table-layout:fixed;margin:0!important}
.panel th,.panel td{text-align:left!important;vertical-align:top!important;
padding:1px 8px 2px 0!important;background:none!important;font-weight:400;white-space:normal}
.panel thead th{font-size:12px}
.panel td>i,.panel li>i{border-radius:2px;background:rgba(128,128,128,.22)}
.panel i>i{display:block;height:100%;border-radius:2px;background:var(--c)}
.panel td{white-space:nowrap}
.panel td>i{display:inline-block;vertical-align:middle;width:calc(100% - 3.2em);
height:9px;margin-right:4px}
.panel-trail{display:flex;flex-wrap:wrap;gap:4px;align-items:center}
.panel-trail>*{margin:0!important}
.panel-trail>li{border:1px solid var(--jp-border-color1,#999);border-radius:10px;padding:1px 8px}
.panel-trail>li:last-child{border-width:2px;font-weight:600}
.panel-trail>li+li{position:relative;margin-left:14px!important}
.panel-trail>li+li:after{content:"→";position:absolute;left:-17px;font-weight:400}
.panel-keys .jupyter-button:focus-visible{outline:2px solid var(--jp-brand-color1,#1976d2);
outline-offset:1px}
.panel-keys .jupyter-button.mod-active{box-shadow:inset 0 0 0 2px var(--jp-brand-color1,#1976d2);
font-weight:600}
.panel-keys .widget-toggle-buttons{display:flex;flex-flow:row wrap;align-items:center;width:auto;
overflow:visible}
.panel-keys .widget-toggle-buttons>.widget-label{width:auto;flex:none;margin:0 4px 0 0;padding:0}
.panel-controls{display:flex;flex-flow:row wrap;gap:4px 18px;margin:4px 10px 8px 0;
align-items:center;overflow:visible}
.panel-shop{display:grid!important;grid-template-columns:repeat(6,1fr);gap:3px;margin:0}
.panel-shelves{container-type:inline-size;width:100%}
@container (max-width:1040px){.panel-shop{grid-template-columns:repeat(4,1fr)}}
@container (max-width:730px){.panel-shop{grid-template-columns:repeat(3,1fr)}}
@container (max-width:560px){.panel-shop{grid-template-columns:repeat(2,1fr)}}
.panel-shop .panel-button{width:auto;height:26px;margin:0;padding:0 3px;border-radius:3px;
text-align:left;font-size:11.5px;line-height:26px}
.panel-quiet{display:none!important}
"""

# Lumino, which reads JupyterLab's shortcuts, leaves alone what has this attribute. Many shortcuts
# are for whatever has the focus, so that needs it, not only the panel around it. With Ctrl, Alt or
# Cmd keys are still the notebook's: Ctrl+S saves.
_KEYS_STAY = """
if (!window.panelKeysStay) {
  window.panelKeysStay = true;
  window.addEventListener('keydown', event => {
    const target = event.target;
    if (!target.closest || !target.closest('.panel-keys')) return;
    const ours = !(event.ctrlKey || event.altKey || event.metaKey);
    target.toggleAttribute('data-lm-suppress-shortcuts', ours);
  }, true);
}
"""


def panel(children: Sequence[widgets.Widget], style: str = "") -> widgets.VBox:
    """A column of widgets with the panels' look.

    Plain keys that are pressed in it don't reach the notebook, where two d delete a cell.

    style: rules of its own, beside those of all panels.
    """
    sheet = "".join((STYLE + icon_styles() + style).splitlines())
    look = widgets.HTML(f"<style>{sheet}</style>", layout=widgets.Layout(display="none"))
    script = {"data": {"application/javascript": _KEYS_STAY}, "metadata": {}}
    keys = widgets.Output(outputs=({"output_type": "display_data", **script},))
    keys.add_class("panel-quiet")
    column = widgets.VBox([look, keys, *children])
    column.add_class("panel-keys")
    return column


def product_button(label: str, tooltip: str = "") -> widgets.Button:
    """A button with a product's drawing and label."""
    button = widgets.Button(description=label, tooltip=tooltip)
    button.add_class("panel-button")
    if drawing := icon_class(label):
        button.add_class(drawing)
    return button


def product_name(label: str) -> str:
    """HTML of a product's drawing and label."""
    return f'<span class="panel-name {icon_class(label)}">{unbroken(label)}</span>'


def unbroken(label: str) -> str:
    """HTML of a label: the signs of its price stay together, and with the word before them."""
    words, _, price = label.rpartition(" ")
    if not words or set(price) != {"€"}:
        return html.escape(label)
    first, space, last = words.rpartition(" ")
    return (
        f'{html.escape(first)}{space}<span class="panel-price">{html.escape(last)} {price}</span>'
    )


def stripe(share: float) -> str:
    """A bar of the colour `--c`. All bars have one scale: the whole width is 100 %."""
    return f'<i aria-hidden="true"><i style="width:{100 * share:.1f}%"></i></i>'


def trail(labels: Sequence[str], most: int = 6) -> str:
    """Clicks as a trail of HTML, oldest first; of more than `most`, how many came before."""
    before = max(0, len(labels) - most)
    first = f"<li>{before} before</li>" if before else ""
    steps = "".join(f"<li>{product_name(label)}</li>" for label in labels[before:])
    return f'<ol class="panel-trail" aria-label="clicks so far">{first}{steps}</ol>'
