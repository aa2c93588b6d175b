// SPDX-License-Identifier: MIT
// The types of schema/echogram.watch-1.json, written by `npm run docs:schema`: change that file, not this one.

/**
 * The configuration of a watch, as in its file and as `watch()` takes it. Durations are texts with a unit, such
 * as `500ms`, `1s` or `2m`.
 */
export interface WatchConfig {
  /**
   * Ways to probe, by name. Targets that name none use `default`. What an entry leaves out has the program's
   * default, not the value of another entry.
   */
  readonly probes?: Readonly<Record<string, ProbeConfig>>;
  /** What to probe: targets as `HOST[:PORT]`, and sources of targets. */
  readonly targets: readonly (string | TargetSource)[];
  /** Alert rules. */
  readonly alerts?: readonly AlertRule[];
  /** Who is notified of alerts. */
  readonly notify?: NotifyConfig;
  /** Where the history is kept. Without it, the history is in memory. */
  readonly history?: HistoryConfig;
  /** Limits of probing beyond loopback, over all targets. */
  readonly limits?: LimitsConfig;
}

/** A way to probe. */
export interface ProbeConfig {
  /**
   * `echo` works with any server that returns what it receives. `stamp` (RFC 8762) and `udp-echo-plus` (TR-143)
   * measure each direction separately. Default `echo`.
   */
  readonly protocol?: 'echo' | 'stamp' | 'udp-echo-plus';
  /** Time between two probes of a target, over all its flows: `10ms` or more. Default `1s`. */
  readonly interval?: string;
  /**
   * A reply within this time is in time, one within twice this time is late, and without either the probe is lost:
   * from `1ms` to `1m`. Default `1s`.
   */
  readonly timeout?: string;
  /** Length of a probe in bytes. Default: 64 for echo, the minimum for the others. */
  readonly size?: number;
  /**
   * Differentiated services code point of the probes: 0 to 63, or a name such as `EF`, `AF41` or `CS1`. Linux
   * engine. Default: the system's.
   */
  readonly dscp?: number | string;
  /**
   * Number of source ports that a target's probes use in turn, so that they cover the paths of a load-balanced
   * network. Default 1.
   */
  readonly flows?: number;
  /** IP version. `any` uses one of a name's addresses; `both` makes two targets, one per IP version. Default `any`. */
  readonly family?: 'any' | 'ipv4' | 'ipv6' | 'both';
  /** File with the key of authenticated STAMP. A relative path starts from the folder of the configuration file. */
  readonly key_file?: string;
}

/**
 * One source of targets: exactly one of `static`, `file_sd`, `http_sd` and `dns`, and what all its targets have
 * in common.
 */
export interface TargetSource {
  /** Targets, as `HOST[:PORT]` or with a name and labels. */
  readonly static?: readonly (string | StaticTarget)[];
  /**
   * Files with targets in Prometheus' format, JSON or YAML. `*` in the last part of a path matches any characters.
   * They are read again when they change. A relative path starts from the folder of the configuration file.
   */
  readonly file_sd?: readonly string[];
  /** A URL that returns targets in Prometheus' format. */
  readonly http_sd?: HttpSource;
  /** A name whose addresses are targets. */
  readonly dns?: DnsSource;
  /** Labels of all its targets. A target's own labels take precedence. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Name of an entry of `probes` for its targets. Default `default`. */
  readonly probe?: string;
}

/** One target. */
export interface StaticTarget {
  /** Label `target` of its metrics. Default: the host as written. */
  readonly name?: string;
  /** `HOST[:PORT]`. Default port: 862 for stamp, else 10000. */
  readonly host: string;
  /** Labels of its metrics. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Name of an entry of `probes`. Default: that of the source, else `default`. */
  readonly probe?: string;
}

/** A URL that returns targets. */
export interface HttpSource {
  /** `http://` or `https://`. A user and password in it are sent as basic authentication, and never shown. */
  readonly url: string;
  /** Time between two requests: from `1s` to `24h`. Default `1m`. */
  readonly refresh?: string;
}

/** A name whose addresses are targets. */
export interface DnsSource {
  /** The name to look up. One that ends with a dot is not looked up in the search domains. */
  readonly name: string;
  /** Kind of record. `SRV` gives hosts with their ports. Default `A`. */
  readonly type?: 'A' | 'AAAA' | 'SRV';
  /** Port of each address; not allowed with `SRV`. Default: the protocol's. */
  readonly port?: number;
  /**
   * Time between two queries: from `1s` to `24h`. Default: the answer's time to live, but at least 5 s and at most
   * 15 s.
   */
  readonly refresh?: string;
  /**
   * Maximum number of addresses to probe. Rendezvous hashing with this node's name chooses them, so that few
   * choices change when peers come and go. Default: all.
   */
  readonly max_peers?: number;
  /** Port at which each peer returns its name and zone: `http://ADDRESS:PORT/identity`. */
  readonly identity_port?: number;
}

/** An alert rule. */
export interface AlertRule {
  /** Name of the alert. */
  readonly name: string;
  /** Condition that raises it: `loss >= 5% over 1m for 3m`. */
  readonly raise: string;
  /** Condition that clears it. Default: `raise` no longer holds. */
  readonly clear?: string;
  /** Labels that a target must have. Default: all targets. */
  readonly match?: Readonly<Record<string, string>>;
  /** Labels of the alert, such as `severity`. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** Who is notified of alerts. */
export interface NotifyConfig {
  /** URL of an Alertmanager, or a list of URLs. */
  readonly alertmanager?: string | readonly string[];
  /** URL to which each change of an alert is posted as JSON, or a list of URLs. */
  readonly webhook?: string | readonly string[];
}

/** Where the history is kept. */
export interface HistoryConfig {
  /** File of the database. A relative path starts from the folder of the configuration file. Default: in memory. */
  readonly path?: string;
  /** Maximum size of the database: a number with `KiB`, `MiB` or `GiB`. Default `2GiB`. */
  readonly max_size?: string;
}

/** Limits of probing beyond loopback. */
export interface LimitsConfig {
  /** Maximum probes per second to all targets together. Default 10000. */
  readonly max_rate?: number;
  /** Allows more than 1,000 probes per second to one address. Default false. */
  readonly flood?: boolean;
}
