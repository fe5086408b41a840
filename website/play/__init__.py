"""*Play as Anna* in the browser: a page of the site that needs no Python.

data       what its scripts read: the shop's tables, the models' weights, the products
page.md    the page
static     its scripts lie in `website/static/play`, a file of one idea each:
           tensors       typed arrays out of `data`
           keyed_random  the draws of `zooplus_sim.keyed_random`
           shoppers      who comes, and what is clicked
           sessions      the oracle's filter over missions
           habits        the oracle's view of products within a type
           oracle        both together
"""
