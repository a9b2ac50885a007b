// engine: is what stands at a key what was sent there?
#include "read_back.hpp"

#include "../core/get_failures.hpp"

#include <sluice/base/hash.hpp>
#include <sluice/s3/error.hpp>

#include <algorithm>

namespace sluice {

namespace {

constexpr std::size_t window_bytes = std::size_t{64} << 10;

/// Sums what comes, in one window that is used again and again.
class summing_window final : public s3::body_sink {
  public:
    result<void> begin(std::uint64_t) override {
        bytes_ = sum_ = 0;
        window_.resize(window_bytes);
        return result<void>();
    }
    bytes_span room(std::size_t most) override {
        return bytes_span(window_).first(std::min(most, window_.size()));
    }
    result<void> took(std::size_t n) override {
        sum_ = crc64nvme(bytes_view(window_).first(n), sum_);
        bytes_ += n;
        return result<void>();
    }
    bool is(const sent_object& expected) const {
        return bytes_ == expected.bytes && sum_ == expected.crc64nvme;
    }

  private:
    byte_vector window_;
    std::uint64_t bytes_ = 0, sum_ = 0;
};

} // namespace

task<result<bool>> reads_back(export_lane_context& lane, sent_object expected) {
    s3::get_request request;
    request.bucket = lane.key.bucket;
    request.key = expected.key;
    request.if_match = expected.etag;
    summing_window sink;
    auto read = [&lane, &request, &sink] {
        return lane.target.store->get(request, sink, deadline::never());
    };
    auto got =
        co_await persistently(lane.run, lane.target.patient, lane.target.seen.last_error, read);
    if (got) co_return sink.is(expected);
    const failure why = got.error();
    if (is_another_object(why) || why.code == s3::s3_errc::no_such_key) co_return false;
    co_return why;
}

} // namespace sluice
