# Thin: every command lives in tools/__main__.py, so that Windows has the same ones without make.

PYTHON ?= python3
course = @command -v $(PYTHON) >/dev/null || { echo "There is no $(PYTHON). Install Python 3.11 or newer, or name yours: make $@ PYTHON=python3.12"; exit 2; }; \
	exec $(PYTHON) -m tools

.PHONY: help lab setup copies reset progress test test-browser fuzz coach-report chapters bench classroom exam teach class-view site lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "  TORCH=cu126       any of them: PyTorch for an NVIDIA GPU (docs/setup.md has the others); else the small one"
	@echo "  PYTHON=python3.12 any of them: which Python makes the environment"

lab: ## set up if needed and open the course in JupyterLab  (LAB_ARGS=--no-browser)
	$(course) lab --torch "$(TORCH)" -- $(LAB_ARGS)

setup: ## all that lab does before it opens JupyterLab: for VS Code, or the evening before
	$(course) setup --torch "$(TORCH)"

copies: ## bring new chapters into a folder, and nothing else  (FOLDER=another/place)
	$(course) copies $(FOLDER)

reset: ## a fresh copy of a chapter, yours is kept beside it  (CHAPTER=02)
	$(course) reset "$(CHAPTER)"

progress: ## how far you have come: exercises, guesses, quizzes, a line a chapter
	$(course) progress --torch "$(TORCH)"

test: ## the whole test suite  (TEST_ARGS="-k sequences")
	$(course) test --torch "$(TORCH)" -- $(TEST_ARGS)

test-browser: ## every chapter in a real Chromium, with pictures  (BROWSER_ARGS="--theme light dark")
	$(course) test-browser --torch "$(TORCH)" -- $(BROWSER_ARGS)

chapters: ## make chapters/ from solutions/, executed  (CHAPTER=02, one of them)
	$(course) chapters --torch "$(TORCH)" -- $(CHAPTER)

fuzz: ## odd inputs: twenty times as many as in the suite  (FUZZ=100 for more)
	$(course) fuzz --torch "$(TORCH)" -- $(TEST_ARGS)

coach-report: ## how the coach judges a bank of answers  (CHAPTER="02 --list")
	$(course) coach-report --torch "$(TORCH)" -- $(CHAPTER)

bench: ## speed and memory as ratios against plain loops
	$(course) bench --torch "$(TORCH)" -- $(TEST_ARGS)

classroom: ## an nbgrader course and a package for students, in build/classroom  (CHAPTER="02 05")
	$(course) classroom --torch "$(TORCH)" -- $(CHAPTER)

exam: ## an exam from the keys, for Moodle and on paper, in build/exam  (SEED=7, CHAPTER="02 05")
	$(course) exam --torch "$(TORCH)" -- --seed $(or $(SEED),1) $(CHAPTER)

teach: ## for teachers: wrong ideas, board sketches, plan, slides, in build/teach  (CHAPTER="02 05")
	$(course) teach --torch "$(TORCH)" -- $(CHAPTER)

class-view: ## which wrong idea the room has now  (FOLDER=/shared/room)
	$(course) class-view --torch "$(TORCH)" -- "$(FOLDER)"

site: ## the course as a website, in build/site  (CHAPTER="02 05", only these)
	$(course) site --torch "$(TORCH)" -- $(CHAPTER)

lock: ## constraints.txt and hashes.txt anew, with today's versions
	$(course) lock --torch "$(TORCH)"

clean: ## remove the environment and what was built; never workspace/
	rm -rf .venv build
