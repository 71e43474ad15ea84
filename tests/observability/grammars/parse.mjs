// Reads [language, query] pairs as JSON from stdin, and prints for each the place of the first
// syntax error, or -1.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const require = createRequire(process.argv[2] + "/");
const parsers = {
  logql: require("@grafana/lezer-logql").parser,
  traceql: require("@grafana/lezer-traceql").parser,
};

function firstError([language, query]) {
  let place = -1;
  parsers[language].parse(query).iterate({
    enter(node) {
      if (node.type.isError && place < 0) place = node.from;
    },
  });
  return place;
}

console.log(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(firstError)));
