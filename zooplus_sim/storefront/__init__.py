"""Shoppers who answer: what they are shown, what can be known of them, who chooses.

storefront    `Storefront`, shaped as a vector environment of Gymnasium
browsing      how a slate is looked through, and whether it is one
belief        what the answers tell of a shopper
policies      who chooses the slates; `run`
"""
