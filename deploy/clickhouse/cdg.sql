-- SPDX-License-Identifier: GPL-2.0
-- Tables for the records of 'cdgctl -j stream', filled as FORMAT JSONEachRow with
-- input_format_skip_unknown_fields = 1 and date_time_input_format = 'best_effort'.
-- Columns are named as the records' fields, see cdg-json(5); host is put in by the log shipper.

CREATE DATABASE IF NOT EXISTS cdg;

-- record flow_end: the totals of each flow when it closes
CREATE TABLE IF NOT EXISTS cdg.flows
(
    host LowCardinality(String),
    time DateTime64(6, 'UTC'),
    flow UInt64,
    cc LowCardinality(String),
    netns UInt32,
    saddr String,
    sport UInt16,
    daddr String,
    daddr_ip IPv6 MATERIALIZED toIPv6(daddr), -- IPv4 as ::ffff:a.b.c.d
    dport UInt16,
    duration_us UInt64,
    goodput_bytes_per_second Nullable(UInt64),
    bytes_acked UInt64,
    bytes_sent UInt64,
    bytes_retrans UInt64,
    data_segs_out UInt32,
    retrans_segs UInt32,
    srtt_us Nullable(UInt32),
    min_rtt_us Nullable(UInt32),
    rtt_lowest_us Nullable(UInt32),
    queue_delay_us Nullable(UInt32),
    cwnd UInt32,
    ssthresh Nullable(UInt32),
    rounds UInt64,
    backoffs UInt64,
    suppressed UInt64,
    backoff_share Nullable(Float32),
    cuts_loss UInt64,
    cuts_rto UInt64,
    cuts_ecn UInt64,
    tolerated UInt64,
    undos UInt64,
    generation UInt32,
    syn_status LowCardinality(Nullable(String)),
    sig LowCardinality(Nullable(String)),
    label LowCardinality(Nullable(String))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (host, daddr_ip, time)
TTL toDateTime(time) + INTERVAL 90 DAY;

-- records backoff, suppressed, cut, undo, slow_start_exit and restart: why a window was reduced
CREATE TABLE IF NOT EXISTS cdg.decisions
(
    host LowCardinality(String),
    time DateTime64(6, 'UTC'),
    type LowCardinality(String),
    flow UInt64,
    netns UInt32,
    saddr String,
    sport UInt16,
    daddr String,
    daddr_ip IPv6 MATERIALIZED toIPv6(daddr), -- IPv4 as ::ffff:a.b.c.d
    dport UInt16,
    srtt_us Nullable(UInt32),
    cwnd UInt32,
    cwnd_prior Nullable(UInt32),
    cwnd_target Nullable(UInt32),
    cause LowCardinality(Nullable(String)),
    tolerated Nullable(Bool),
    reason LowCardinality(Nullable(String)),
    rtt_min_us Nullable(Int32),
    rtt_max_us Nullable(Int32),
    grad_us Nullable(Int32),
    probability Nullable(Float32),
    ineffectual UInt32,
    inflight UInt32,
    label LowCardinality(Nullable(String))
)
ENGINE = MergeTree
PARTITION BY toYYYYMMDD(time)
ORDER BY (host, daddr_ip, time)
TTL toDateTime(time) + INTERVAL 14 DAY;
