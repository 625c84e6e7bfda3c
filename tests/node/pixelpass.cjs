// Reads one QR text a line; writes what MOSIP PixelPass decodes from it, as JSON, one line each.
const pixelpass = require("@mosip/pixelpass");
const lines = require("fs").readFileSync(0, "utf8").split("\n").filter((line) => line);
for (const line of lines) console.log(pixelpass.decode(line));
