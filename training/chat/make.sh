#!/bin/sh
# Makes the demonstration chat model anew, from the repository's root: training/chat/make.sh
# A quarter of an hour on a large GPU; on a CPU, say how little will do:
# TOKENS=20e6 training/chat/make.sh takes two or three hours.
# WORK keeps what is made on the way; a run that was cut off goes on.
set -eu
WORK=${WORK:-build/chat}
TOKENS=${TOKENS:-1e9}
MODEL=${MODEL:-src/llama_stack/providers/inline/inference/llama_cpp/models/llama-stack-demo-11m.gguf}

mkdir -p "$WORK"
test -d "$WORK/venv" || "${PYTHON:-python3.11}" -m venv "$WORK/venv"
"$WORK/venv/bin/pip" install --quiet --editable '.[llama-cpp]' --requirement training/chat/requirements.txt

step() { "$WORK/venv/bin/python" -m "training.chat.$@"; }
test -f "$WORK/tokenizer.json" || step tokens "$WORK/tokenizer.json"
step train "$WORK" --tokens "$TOKENS"
step export "$WORK" "$MODEL"
step evaluate "$MODEL" --count 300
step speed "$MODEL"
sha=$(sha256sum "$MODEL")
echo "For docs/models/demo-chat.md: sha256 ${sha%% *}"
