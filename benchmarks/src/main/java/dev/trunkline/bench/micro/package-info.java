/** Micro-benchmarks of the pieces of the data path; {@code benchmarks/jmh} runs them. */
package dev.trunkline.bench.micro;
