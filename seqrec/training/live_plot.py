"""A loss curve that grows while a network trains, in a notebook."""

import base64
import html
import io


class LivePlot:
    """Draws the history of a run in one place of a notebook: losses, and the number that decides.

    monitor: column that gets a plot of its own, if it is there and no loss.

    matplotlib and IPython are loaded only when they are needed, and needed only here.
    Raises RuntimeError outside a notebook, where there is no place to draw.
    """

    def __init__(self, monitor):
        from IPython import get_ipython

        if get_ipython() is None:
            raise RuntimeError(
                "plot=True needs a notebook. Cure: plot=False, and draw `result.history` "
                "afterwards."
            )
        self.monitor = monitor
        self._handle = None

    def update(self, history):
        """Draw `history`, a DataFrame with a row per epoch, at least one, in place of the last."""
        from IPython.display import display

        content = self._draw(history)
        if self._handle is None:
            self._handle = display(content, raw=True, display_id=True)
        else:
            self._handle.update(content, raw=True)

    def _draw(self, history):
        # Not by pyplot: it would show the figure a second time.
        from matplotlib.figure import Figure
        from matplotlib.ticker import MaxNLocator

        losses = [name for name in history if name.endswith("loss")]
        panels = [losses] + [[self.monitor]] * (
            self.monitor in history and self.monitor not in losses
        )
        figure = Figure(figsize=(5 + 2 * len(panels), 3), layout="constrained")
        axes = figure.subplots(1, len(panels), squeeze=False)[0]
        for ax, names in zip(axes, panels, strict=True):
            for name in names:
                ax.plot(history["epoch"], history[name], marker=".", label=name)
            ax.set_xlabel("epoch")
            ax.xaxis.set_major_locator(MaxNLocator(integer=True))
            ax.legend()
        changes = [
            f"{name} went from {history[name].iloc[0]:.3g} to {history[name].iloc[-1]:.3g}"
            for name in sum(panels, [])
        ]
        alt = f"Training, {len(history)} epochs: {'; '.join(changes)}."
        png = io.BytesIO()
        figure.savefig(png, format="png", dpi=96)
        source = f"data:image/png;base64,{base64.b64encode(png.getvalue()).decode()}"
        return {"text/html": f'<img alt="{html.escape(alt)}" src="{source}">', "text/plain": alt}
