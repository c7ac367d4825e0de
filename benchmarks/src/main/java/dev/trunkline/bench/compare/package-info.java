/** The side-by-side measurement of Trunkline and its peers; {@code Compare} is its program. */
package dev.trunkline.bench.compare;
