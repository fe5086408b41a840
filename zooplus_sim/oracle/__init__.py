"""The best possible prediction, exactly.

oracle            `Oracle`: next item, masked item, click, outcome, ceiling
posterior         what a history says of persona, tier, mission and visit: its two parts are `session_filter`
                  (order within visits) and `habit_urn` (which product of a type)
masked_item       one gap, given everything before and behind it
ceiling           expected metrics under the law
histories         what the oracle is asked, checked
"""
