"""What a chapter asks its reader to guess, and what is made of what the reader writes.

A key, `course/keys/chNN.py`, holds a tuple GUESSES beside its EXERCISES:

    from course.coach import GuessChoice, GuessNumber, GuessOrder

    GUESSES = (
        GuessNumber(id="2.1", asks="Shoppers who come back", unit="%", high=100, close=5),
        GuessChoice(id="2.2", asks="The loss that stops", choices=("MSE", "BPR", "softmax")),
        GuessOrder(id="2.3", asks="Worst first", items=("chain", "counts", "network")),
    )

The right value is not among it: the cell that computes it hands it over, `reveal("2.1", share)`.

number, names   the three kinds. Each has
                slot()           what to write
                read(value)      the guess in plain Python, or Unreadable, which says what to write
                read_truth(value) the same of what a cell has computed, or ValueError
                shown(guess), shown_truth(truth), counts()    in words
                is_good(guess, truth), apart(guess, truth)    close? how far, in words
kinds           any of them, and the comment above a chapter's `guess("2.1", ...)`
scores          how good guesses were, and how well known
reading         what the kinds share
"""
