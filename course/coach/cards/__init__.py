"""What is shown: an HTML face and one in plain text.

card            a card, and how it is displayed
markup          the little mark-up of hints and sentences
verdict_cards   what an exercise's cell shows
help_cards      hints, solutions, quizzes, the scoreboard
guess_cards     guesses, and how they went
board_cards     the scoreboard over all chapters
"""
