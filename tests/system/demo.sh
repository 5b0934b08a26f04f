#!/bin/bash
# The demo, with the programs under test.
. "$(dirname "$0")/lib.sh"
expect "the demo" 0 'All four logs are equal' tests/demo/demo.sh "$PARSD" "$PARSCTL"
expect "it leaves nothing running" 1 '^$' pgrep -f "[p]arsd-demo-"
finish
