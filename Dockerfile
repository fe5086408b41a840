# One image for plain Docker, Binder, a JupyterHub and a devcontainer:
#
#     docker build -t zooplus-course .
#     docker run --rm -p 127.0.0.1:8888:8888 -v zooplus:/home/learner/zooplus zooplus-course
#
# Versions are those of constraints.txt, files those of hashes.txt, as on a laptop. About 2 GB.
FROM python:3.12-slim-bookworm

# Binder says which user; elsewhere it is this one. Never root.
ARG NB_USER=learner
ARG NB_UID=1000
# A JupyterHub wants its own version in the image: --build-arg JUPYTERHUB=5.4.2
ARG JUPYTERHUB=""
ENV USER=${NB_USER} \
    HOME=/home/${NB_USER} \
    SHELL=/bin/bash \
    PIP_NO_CACHE_DIR=1 \
    OMP_NUM_THREADS=1 \
    MALLOC_ARENA_MAX=1 \
    MALLOC_MMAP_THRESHOLD_=1048576 \
    MALLOC_TRIM_THRESHOLD_=8388608

# The course stands outside of the home: a hub lays each learner's own over that. `zooplus` is made
# here, so that a volume laid over it belongs to the learner.
RUN adduser --disabled-password --gecos "" --uid "${NB_UID}" "${NB_USER}" \
    && install -d -o "${NB_UID}" -g "${NB_UID}" /srv/zooplus-course "${HOME}/zooplus"
USER ${NB_UID}
WORKDIR /srv/zooplus-course

# What decides the environment comes first, so that an edited chapter does not install it again.
COPY --chown=${NB_UID} pyproject.toml constraints.txt hashes.txt README.md LICENSE ./
COPY --chown=${NB_UID} tools ./tools
# Compiled, for nobody can write there later; a few files of packages are for newer Pythons only.
RUN python -m tools setup --torch cpu \
    && { .venv/bin/python -m compileall -q .venv || true; }
RUN if [ -n "${JUPYTERHUB}" ]; then \
        .venv/bin/python -m pip install -c constraints.txt "jupyterhub==${JUPYTERHUB}"; \
    fi
COPY --chown=${NB_UID} . .

# The kernel of the environment, its programs, and the course's settings of JupyterLab.
ENV PATH=/srv/zooplus-course/.venv/bin:${PATH} \
    JUPYTER_CONFIG_PATH=/srv/zooplus-course/tools/jupyter \
    JUPYTER_PREFER_ENV_PATH=1
WORKDIR ${HOME}
EXPOSE 8888
ENTRYPOINT ["/srv/zooplus-course/start"]
CMD ["jupyter", "lab", "--ip=0.0.0.0", "--no-browser", "--LabApp.default_url=/lab/tree/zooplus/00_start_here.ipynb"]
