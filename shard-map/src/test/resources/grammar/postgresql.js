// PostgreSQL's own scanner and grammar, from the directory npm has put them into.
'use strict';
module.exports = require(process.argv[2] + '/node_modules/libpg-query');
