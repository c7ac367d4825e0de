package dev.trunkline.bench.compare;

/**
 * How the processes must be configured for a workload; those that share a setup share a start.
 *
 * @param scram whether clients log in with SCRAM-SHA-256 instead of trust
 * @param clientTls whether clients connect with TLS
 * @param serverTls whether the connections to PostgreSQL use TLS
 */
record Setup(boolean scram, boolean clientTls, boolean serverTls) {
  static final Setup PLAIN = new Setup(false, false, false);

  String authType() {
    return scram ? "scram-sha-256" : "trust";
  }

  String clientSslMode() {
    return clientTls ? "require" : "disable";
  }

  String serverSslMode() {
    return serverTls ? "require" : "disable";
  }
}
