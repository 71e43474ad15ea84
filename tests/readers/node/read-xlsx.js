"use strict";
// Prints a workbook as SheetJS or exceljs reads it: sheets by name, each a list of rows of values.
// Dates are shown as their moment in UTC. Usage: node read-xlsx.js sheetjs|exceljs FILE

const shown = (value) => (value instanceof Date ? value.toISOString() : value === undefined ? null : value);

function bySheetJs(file) {
  const XLSX = require("xlsx");
  const book = XLSX.readFile(file, { cellDates: false });
  const rows = (name) => XLSX.utils.sheet_to_json(book.Sheets[name], { header: 1, defval: null, raw: true });
  return Object.fromEntries(book.SheetNames.map((name) => [name, rows(name)]));
}

async function byExcelJs(file) {
  const ExcelJS = require("exceljs");
  const book = new ExcelJS.Workbook();
  await book.xlsx.readFile(file);
  const found = {};
  book.eachSheet((sheet) => {
    found[sheet.name] = [];
    sheet.eachRow({ includeEmpty: true }, (row) => found[sheet.name].push(row.values.slice(1).map(shown)));
  });
  return found;
}

const readers = { sheetjs: bySheetJs, exceljs: byExcelJs };
Promise.resolve(readers[process.argv[2]](process.argv[3])).then((book) => process.stdout.write(JSON.stringify(book)));
