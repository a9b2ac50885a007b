// s3sim: a strict S3 server inside a program of one's own.
#pragma once

#include <sluice/base/result.hpp>

#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

namespace sluice::sim {

struct server_options {
    std::string listen = "127.0.0.1:0"; ///< ADDRESS:PORT; port 0 takes a free one
    std::string data_dir;               ///< "" keeps everything in memory
    std::string access_key = "simulator";
    std::string secret_key = "simulator-secret";
    std::string session_token; ///< when not empty, requests must carry it
    /// Keys that end are accepted, too: src/core/identities.hpp tells how they are made.
    bool temporary_keys = false;
    std::string region = "us-east-1";
    std::vector<std::string> buckets; ///< made at the start
    std::string domain;               ///< BUCKET.domain addresses a bucket
    std::string lifecycle;            ///< XML that every bucket tells as its lifecycle; "": none
    std::string tls_certificate;      ///< PEM file; "" speaks plain HTTP
    std::string tls_key;              ///< PEM file
    std::uint64_t min_part_size = 5 * 1024 * 1024;
    /// In memory: bodies of at least so many bytes are checked but not kept, and come back as
    /// zeros, so that a benchmark measures the client and not this server's memory.
    std::uint64_t discard_from = std::numeric_limits<std::uint64_t>::max();
    /// In memory: every bucket of `buckets` begins with an object `synthetic` of so many bytes that
    /// lie in 4 MiB of memory, over and over, and whose CRC64NVME is told; 0: there is none.
    std::uint64_t synthetic_bytes = 0;
    std::uint64_t seed = 0; ///< of faults with a probability
    /// Uploads are told to be aborted after so many days, as by a lifecycle rule; 0: there is none.
    /// The rule comes true when a test says so: DELETE /_sim/uploads.
    unsigned abort_uploads_after_days = 0;
    std::string profile;                  ///< of a store; "" is strict S3. README.md lists them
    std::vector<std::string> quirks;      ///< single differences: "equal-parts", "late-listings=5s"
    std::vector<std::string> scenarios;   ///< JSON files of quirks, pace and faults
    std::chrono::milliseconds latency{0}; ///< before each answer
    std::uint64_t bytes_per_second = 0;   ///< of each connection and direction; 0: no limit
    double requests_per_second = 0;       ///< beyond it 503 SlowDown; 0: no limit
    bool ignore_conditions = false;       ///< writes do not look at If-Match and If-None-Match
    bool ignore_checksums = false;        ///< x-amz-checksum-* is neither verified, kept nor told
    bool report = false;                  ///< requests that go wrong as lines on stderr
    /// The threads never sleep. Waking a sleeping process is charged to whoever sends it something,
    /// which no network does: benchmarks on one machine would measure that.
    bool spin = false;
    unsigned threads = 1; ///< one costs the least; more where bodies are hashed or encrypted
};

/// Serves on threads of its own from `start` until it is destroyed. Destruction closes all
/// connections at once; with a data directory everything answered before is kept.
class server {
  public:
    /// Errors name the option that cannot be used.
    static result<std::unique_ptr<server>> start(const server_options& options);
    ~server();
    server(const server&) = delete;
    server& operator=(const server&) = delete;

    std::uint16_t port() const;
    /// "http://127.0.0.1:34567"
    const std::string& url() const;

  private:
    struct parts;
    explicit server(std::unique_ptr<parts> own);
    std::unique_ptr<parts> parts_;
};

} // namespace sluice::sim
