# %% [markdown]
# # Glossary
#
# The words of this course, each with the chapter that explains it, and the letters that its code uses for axes. To be opened beside a chapter; there is
# nothing to run. **Time:** as long as you like.
#
# ## Axis letters
#
# | letter | counts | for instance |
# |---|---|---|
# | B | rows of a batch | histories that are read at once |
# | L | places of a row, the newest at the right | `max_len` |
# | D | width of a vector | numbers of an embedding |
# | H | heads | each has d = D / H numbers |
# | V | vocabulary: products and two more, PAD and MASK | rows of the item embedding |
# | N | negatives of a target | draws |
# | K | cut-off of a list, or positions that are asked | the 10 of NDCG@10 |
# | C | candidates of a history | products to be scored |
#
# `(B, L, D)` behind a line is the shape that it makes.

# %% [markdown]
# ## A to C
#
# - **A/B test** ([15](15_into_the_shop.ipynb)): two versions of a shop, each shown to shoppers who are drawn for it, and a comparison of what they did.
# - **Attention** ([06](06_attention.ipynb)): a mixture of vectors, with weights that come from how well a *query* fits each *key*.
# - **Bandit** ([01](01_meet_zooplus.ipynb)): a method that chooses what to show, sees only what became of that, and must both try and use. LinUCB is one.
# - **Batch** ([02](02_sequences.ipynb)): some rows that are computed at once. One step of training follows one batch.
# - **BCE** ([04](04_losses.ipynb)): binary cross-entropy. Each product is asked apart: will it be clicked, yes or no?
# - **BERT4Rec** ([09](09_bert4rec.ipynb)): a transformer that looks both ways and learns to fill gaps.
# - **BPR** ([04](04_losses.ipynb)): Bayesian personalised ranking. A loss that asks only that the clicked product has a higher score than a negative.
# - **BST** ([07](07_bst.ipynb)): the Behavior Sequence Transformer. It reads a history and one candidate, and says how likely the candidate is clicked.
# - **Causal** ([06](06_attention.ipynb)): of a network in which a position sees itself and what came before, nothing later.
# - **Cloze** ([09](09_bert4rec.ipynb)): the task of filling gaps: some items of a row are hidden, and asked for.
# - **Cold start** ([10](10_item_features.ipynb)): a product, or a shopper, of which there are no clicks yet.
# - **Coverage** ([05](05_evaluation.ipynb)): the share of all products that appear in somebody's list.

# %% [markdown]
# ## D to H
#
# - **Dropout** ([06](06_attention.ipynb)): in training some numbers, drawn anew each time, are set to 0, so that a network does not lean on a single one.
# - **Early stopping** ([08](08_sasrec.ipynb)): training ends when validation has brought nothing better for some epochs.
# - **Embedding** ([01](01_meet_zooplus.ipynb)): a vector of learned numbers for each product.
# - **Epoch** ([07](07_bst.ipynb)): one pass of training over all rows.
# - **Event** ([01](01_meet_zooplus.ipynb)): one line of a log: who, which product, when.
# - **Exposure** ([01](01_meet_zooplus.ipynb)): a product that was shown, clicked or not.
# - **False negative** ([03](03_negative_samples.ipynb)): a product that was drawn as not wanted, and was.
# - **gBCE** ([04](04_losses.ipynb)): BCE whose positive term is weakened, so that few negatives do not make the model too sure.
# - **GELU** ([09](09_bert4rec.ipynb)): a smooth bend, in the place of ReLU: large numbers pass, very negative ones become nearly 0.
# - **Gini coefficient** ([01](01_meet_zooplus.ipynb)): how unequally clicks are spread over products: 0 if all have the same number, near 1 if one has nearly all.
# - **Gradient** ([04](04_losses.ipynb)): how the loss would change with each weight. A step goes the other way.
# - **GRU4Rec** ([08](08_sasrec.ipynb)): a recurrent network that reads click by click, and keeps one vector.
# - **Hard negative** ([03](03_negative_samples.ipynb)): a negative that the model gives a high score to.
# - **Head** ([06](06_attention.ipynb)): one of several attentions side by side, each on a part of the width.
# - **History** ([02](02_sequences.ipynb)): the clicks of one shopper up to now, oldest first.
# - **HR@K** ([05](05_evaluation.ipynb)): hit rate. The share of lists of K in which the clicked product stands.

# %% [markdown]
# ## I to M
#
# - **In-batch negatives** ([03](03_negative_samples.ipynb)): the targets of the other rows of a batch, used as negatives.
# - **Ladder** ([05](05_evaluation.ipynb)): all models in one figure, from guessing to the oracle.
# - **Layer norm** ([06](06_attention.ipynb)): each vector is shifted and scaled to mean 0 and spread 1, then by learned numbers.
# - **Leakage** ([02](02_sequences.ipynb)): something of the answer in what the model is given.
# - **Leave-last-two-out** ([02](02_sequences.ipynb)): of each shopper the last click is for the test, the one before for validation, all others for training.
# - **Lift** ([00](00_start_here.ipynb)): what a score has over popularity's. The *share of the lift* divides it by what the oracle has over popularity.
# - **Log-Q correction** ([03](03_negative_samples.ipynb)): the logarithm of how likely an item was drawn as a negative is taken off its logit.
# - **Logit** ([03](03_negative_samples.ipynb)): a score before a sigmoid or softmax makes a probability of it.
# - **Logsumexp** ([04](04_losses.ipynb)): the logarithm of the sum of exp of all scores; computed with the largest taken off first, so that nothing overflows.
# - **Markov chain** ([00](00_start_here.ipynb)): predicts from the newest click alone, by what followed it how often.
# - **MASK** ([09](09_bert4rec.ipynb)): the number that stands where an item is hidden, one above the last product.
# - **Mask** ([06](06_attention.ipynb)): says who may look at whom. Here it is called `visible`, and True means *may look*.
# - **Mission** ([01](01_meet_zooplus.ipynb)): what a visit to the simulated shop is for, such as equipping a puppy.
# - **MLP** ([01](01_meet_zooplus.ipynb)): multi-layer perceptron. Linear maps with a bend between them.
# - **MRR** ([05](05_evaluation.ipynb)): the mean of 1 / rank of the clicked product.

# %% [markdown]
# ## N to R
#
# - **NDCG@K** ([05](05_evaluation.ipynb)): a hit in a list of K, worth 1 at the top and less further down: 1 / log2(rank + 1).
# - **Negative** ([03](03_negative_samples.ipynb)): a product that stands for what was not wanted, drawn for training.
# - **one_cycle** ([06](06_attention.ipynb)): a schedule of the learning rate: up in the first part of training, then down.
# - **Oracle** ([00](00_start_here.ipynb)): knows the law of the simulated shop, and predicts as well as can be done from the clicks.
# - **Padding** ([02](02_sequences.ipynb)): zeros before a short history, so that all rows are equally long.
# - **Persona** ([01](01_meet_zooplus.ipynb)): the kind of shopper in the simulated shop, such as a new puppy parent.
# - **Position** ([06](06_attention.ipynb)): the place of a click in its row, counted from the newest. A vector for each is added to the embedding.
# - **Post-norm** ([06](06_attention.ipynb)): the norm stands behind the sum: norm(x + branch(x)).
# - **Pre-norm** ([06](06_attention.ipynb)): the norm stands inside the branch: x + branch(norm(x)).
# - **Propensity** ([15](15_into_the_shop.ipynb)): how probable it was that the shop showed just this.
# - **ReLU** ([06](06_attention.ipynb)): the larger of x and 0.
# - **Residual** ([06](06_attention.ipynb)): what came in is added to what a part of the network gives.
# - **Retrieval** ([11](11_retrieve_and_rerank.ipynb)): to find a few hundred candidates among all products, cheaply; *reranking* puts them in order.

# %% [markdown]
# ## S to Z
#
# - **SASRec** ([08](08_sasrec.ipynb)): a causal transformer that predicts the next click at every position.
# - **Session** ([01](01_meet_zooplus.ipynb)): clicks of one visit. A long pause ends it.
# - **Sinusoidal positions** ([06](06_attention.ipynb)): waves of many lengths in place of learned position vectors.
# - **Sliding windows** ([02](02_sequences.ipynb)): a row for each click of a history: what came before, and the click as target.
# - **Softmax** ([03](03_negative_samples.ipynb)): makes probabilities of scores: exp of each, divided by the sum of all.
# - **SR-GNN** ([12](12_session_graphs.ipynb)): makes a graph of each history and reads it by messages along the edges.
# - **Target** ([02](02_sequences.ipynb)): what the model is asked for.
# - **Tied output** ([08](08_sasrec.ipynb)): the output uses the item embedding itself: a logit is the state's dot product with a product's embedding.
# - **Two towers** ([11](11_retrieve_and_rerank.ipynb)): one network for the shopper and one for products; their dot product is the score.
# - **Validation** ([02](02_sequences.ipynb)): clicks that choose settings and epochs, and are neither trained on nor reported.
# - **Warm-up** ([06](06_attention.ipynb)): the learning rate rises from near 0 over the first steps.
# - **Zipf** ([01](01_meet_zooplus.ipynb)): a law of popularity: the n-th most popular has about 1 / nˢ of the clicks of the first; s is the slope.
