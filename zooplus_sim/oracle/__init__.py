"""The best possible prediction, exactly.

oracle            `Oracle`: next item, masked item, click, outcome, ceiling
posterior         what a history says of persona, tier, mission and visit: its two parts are
                  `session_filter` (order within visits), which reads `session_tables`, and
                  `habit_urn` (which product of a type)
passes            the histories in chunks, column by column
masked_item       one gap, given everything before and behind it: its two parts are `gap_types` and
                  `gap_products`
sampled_clicks    positive or negative, where negatives are drawn
ceiling           expected metrics under the law
restarted         a diagnostic: the filter begun anew
histories         what the oracle is asked, checked
"""
