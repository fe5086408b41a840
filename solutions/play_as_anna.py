# %% [markdown]
# # Play as Anna
#
# Anna has a new puppy. Click for her, and watch five forecasters guess what comes next: popularity, three models of this
# course, and the oracle. The oracle knows the rules of the shop, but not what you will do next.
#
# **You need** nothing; chapter 00 says what the oracle is. **Time:** as long as you like.

# %% [markdown]
# ## The shop
#
# Run the cell below, then click products, or let Anna click for herself. Prices go from € (cheap) through €€ to
# €€€ (expensive). Or play for a score: **Guess** makes each product your guess of Anna's next click, ten a round, against SASRec's
# first choice. <kbd>Tab</kbd> goes from button to button, <kbd>Space</kbd> presses one; other keys do nothing there.

# %%
from course import measured
from course.play import PlayPage

PlayPage()

# %% [markdown]
# **How to read it.** Under each name stands how likely the next click is to be among its five, by the exact rules of the shop,
# and how many of the clicks so far it had there; if it had the newest, its place lights up. All bars reach from 0 to
# 100 %. In a round of guesses everything is as it was before the newest click. The bars of *looks at* say how much each model
# reads of every click: its [attention](glossary.ipynb) in its last layer. SASRec asks from the newest click. BERT4Rec asks from a gap that it
# puts behind it, BST from the product in question; that is *the place that asks*. The last panel: what the [oracle](glossary.ipynb)
# believes about who is clicking, and what for.
#
# ## Things to try
#
# - **Start as yourself, without a click.** The models offer what is popular: nothing is known of you. The oracle offers
#   something else. What does it know that popularity doesn't? (What a visit *begins* with: missions have a usual first step.)
# - **One click on puppy food.** How sure is the oracle of the persona, and how sure of the mission? After the food bowl?
# - **Click what does not fit.** Let Anna click an aquarium tank, then a water filter. Which forecasters change their list
#   after the first, which after the second, and which not at all? (A puppy parent builds no aquarium, and the persona of a
#   shopper never changes here.)
# - **Click the cheap puppy food three times.** Now look at the two food bowls. The oracle has learned something about the
#   prices that Anna likes. Has any of the models?
# - **Buy cheap.** Start as yourself and take the € of each type. When do the models begin to offer you only those?
# - **Beat SASRec.** Play three rounds of **Guess**. You know who Anna is; SASRec has learned from thousands of shoppers. Then play as Finn: is it your knowledge of the shop that wins, or of the person?

# %% [markdown]
# ## Who are these forecasters?
#
# The models learned from 4,000 to 10,000 shoppers each; Anna is not among them. This is the share of the achievable [lift](glossary.ipynb) that
# each reaches on 1,500 others, after 1, 3, 8 and 20 of their clicks (0 % is popularity, 100 % the oracle).

# %% tags=["nbval-check-output"]
shares = measured("play_models")
shares.pivot(index="model", columns="clicks", values="share").map("{:.0%}".format)

# %% [markdown]
# `python -m course.authoring.play_models` makes the models again; `course/play/` holds the page.
#
# Back to **[00 · Start here](00_start_here.ipynb)**, or on to **[01 · Meet Zooplus](01_meet_zooplus.ipynb)**.
