#!/bin/sh
# Runs the tests in the given folders; the whole suite must also cover 90 % of the services' and shared branches.
set -eu

if [ "$*" != tests ]; then
    exec "$BIN/python" -m pytest "$@"
fi

"$BIN/python" -m deploy.local packages
rm -f .coverage .coverage.*
status=0
"$BIN/coverage" run -m pytest tests || status=$?
"$BIN/coverage" combine --quiet
"$BIN/coverage" report --include='services/*,shared/*' --fail-under=90 --skip-covered
exit $status
