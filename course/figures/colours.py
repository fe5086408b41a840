"""The colours of the course: of series, and of models.

Each can be seen (3:1, WCAG 2.2, 1.4.11) on white and on the ground of JupyterLab's dark theme.
"""

#: In the order in which series take them. The first four are those of Okabe and Ito (2008); their
#: others are too pale on white or too dark on black.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#A87900", "#2E94CC", "#7A7A7A")

#: One colour a model, the same in all chapters. Two share one only where no figure shows both.
COLOUR_OF = {
    "SASRec": COLOURS[0],
    "BERT4Rec": COLOURS[1],
    "oracle": COLOURS[2],
    "BST": COLOURS[3],
    "GRU4Rec": COLOURS[4],
    "co-occurrence": COLOURS[5],
    "LightGCN": COLOURS[5],
    "popularity": COLOURS[6],
    "Markov chain": "#7F7F00",
    "memoryless (MLP)": "#9A7060",
    "MeanPoolBST": "#8A63C9",
    "SASRec, current visit": COLOURS[5],
    "SR-GNN": "#C0504D",
    "SR-GNN, current visit": COLOURS[4],
    "two towers": "#00897F",
    "LinUCB": "#A87900",
    "session-kNN": "#C0504D",
    "EASE": "#00897F",
    "you": "#8A63C9",
}
