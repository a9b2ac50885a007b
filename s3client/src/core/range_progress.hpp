// s3client: one GET over several attempts: what has arrived, what to ask next, what may follow.
#pragma once

#include "http_head.hpp"

#include <sluice/base/result.hpp>
#include <sluice/s3/requests.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace sluice::s3 {

struct content_range {
    std::uint64_t first = 0, size = 0, total = 0;
};

/// The first answer fixes ETag and total; every later one must continue exactly there.
/// Pure: it is told of answers and bytes.
class range_progress {
  public:
    /// `asked` must outlive it.
    explicit range_progress(const get_request& asked) : asked_(&asked) {}
    explicit range_progress(get_request&&) = delete;

    /// The request that fetches what is missing: the one asked for, or the rest under If-Match.
    get_request next_request() const;
    /// Whether the next answer continues: the sink keeps what it has.
    bool continues() const { return arrived_ > 0; }

    /// A 200 or 206 came: how many body bytes to take. Errors: unexpected_range, changed,
    /// malformed_answer (no length, a Content-Encoding, Content-Range missing).
    result<std::uint64_t> begin(const response_head& head);
    void took(std::uint64_t bytes) { arrived_ += bytes; }
    /// Called when an attempt failed: without an ETag the rest cannot be asked for safely.
    void interrupted();
    /// What has arrived is wrong: the next attempt begins at the front.
    void restart();
    /// Why a 412 came: the object is another one.
    bool is_conditional() const { return continues() || !asked_->if_match.empty(); }

    /// What the whole answer must sum up to, once it has begun: what the caller says, else what the
    /// store says of the object, if that is what was asked for. Of kind none: nobody knows.
    checksum expected() const;

    std::uint64_t arrived() const { return arrived_; }
    const object_head& object() const { return object_; }
    /// The same, when nothing more is to come.
    object_head take_object() { return std::move(object_); }

  private:
    std::optional<byte_range> wanted() const;
    result<content_range> range_of(const response_head& head) const;

    const get_request* asked_;
    std::uint64_t first_ = 0;   ///< of the whole answer
    std::uint64_t size_ = 0;    ///< of the whole answer
    std::uint64_t arrived_ = 0; ///< bytes that the sink has
    object_head object_;
};

} // namespace sluice::s3
