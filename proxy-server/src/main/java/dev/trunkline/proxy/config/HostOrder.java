package dev.trunkline.proxy.config;

/** Which server of a host list is connected to next: {@code load_balance_hosts}. */
public enum HostOrder {
  /** Each in its turn. */
  ROUND_ROBIN,
  /** The same one until connecting to it fails. */
  DISABLE
}
