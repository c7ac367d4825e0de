package dev.trunkline.admin;

/** What a console user may do. The order counts: each level includes the ones before it. */
public enum Access {
  /** May look ({@code stats_users}). */
  STATS,
  /** May also change things ({@code admin_users}). */
  ADMIN;

  boolean allows(Access needed) {
    return compareTo(needed) >= 0;
  }
}
