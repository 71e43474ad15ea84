#!/bin/sh
# Runs the tests in the given folders; the whole suite must also cover 90 % of the services' and shared branches.
set -eu

if [ "$*" != tests ]; then
    exec "$BIN/python" -m pytest "$@"
fi

# Tests mostly wait, for servers and processes: more files of them at once than there are processors.
workers=$(($(nproc) + 1))

servers=$(mktemp -d -t lazaret-test-XXXXXX)
stop_servers() {
    "$BIN/python" -m deploy.local stop-test-servers "$servers"
}
trap stop_servers EXIT
trap 'exit 130' INT TERM

"$BIN/python" -m deploy.local test-servers "$servers" >/dev/null
export LAZARET_TEST_SERVERS="$servers"
mkdir -p build
rm -f .coverage .coverage.*
status=0
"$BIN/coverage" run -m pytest --numprocesses "$workers" --dist loadfile --no-loadscope-reorder --durations 25 tests || status=$?
"$BIN/coverage" combine --quiet
if ! "$BIN/coverage" report --include='services/*,shared/*' --fail-under=90 --skip-covered >build/coverage.txt; then
    cat build/coverage.txt
    exit 1
fi
echo "Coverage of services and shared, branches included: $(awk '/^TOTAL/ {print $NF}' build/coverage.txt); by file in build/coverage.txt"
exit $status
