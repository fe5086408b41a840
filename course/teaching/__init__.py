"""What is made for whoever stands in front of the class, out of masters and keys.

exam         "find the bug" questions and quizzes, for Moodle and on paper (a command line)
class_view   which wrong idea the room has now (a command line)
teach        a teacher's pages, a chapter each (a command line)

board/       sketches to draw by hand, each of which dissolves some wrong ideas
capstone/    a project for the end: brief, rubric, worked examples and their judge

bank         all questions that an exam can ask
moodle       questions as Moodle reads them
paper        questions on paper, and the answer sheet
room         the lines that learners' coaches wrote
lesson       a chapter by the minute
timing       how long a chapter takes in a room
script       each section in the order of its page: what is said, asked, drawn, run and seen
live         what a cell asks for, what it makes when it is run, and whether it trains
slides       a chapter's questions, guesses, results, figures and exercises, and its key ideas
parts        what of the prose stands on slides
carried      what a sentence points at goes along with it
beside       what cells show above and below such prose goes along, too
aloud        what is said to a room: no commands, no directions for a notebook
wall         the look of slides, and how large each part of one may be
told         what a teacher has to know before: key ideas, quizzes with their answers, words
formulas     formulas as browsers draw them, without a script
syllabus     a term, half a term, a workshop: what is read, handed in and learned, a page each
ideas        the wrong ideas of a chapter
shown        the code of a wrong idea, on its own
stubs        the stubs and the title of a chapter, and its prose without its links
pages        Markdown as pages that stand alone
"""
