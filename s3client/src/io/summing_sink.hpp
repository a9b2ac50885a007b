// s3client: a sink that sums what passes into another one, while it is hot in cache.
#pragma once

#include "../core/running_checksum.hpp"

#include <sluice/s3/body.hpp>

namespace sluice::s3 {

/// For one try; `sum` may go on from the try before, whose bytes the sink has kept.
class summing_sink final : public body_sink {
  public:
    summing_sink(body_sink& to, running_checksum& sum) : to_(to), sum_(sum) {}

    result<void> begin(std::uint64_t size) override { return to_.begin(size); }
    bytes_span room(std::size_t most) override {
        room_ = to_.room(most);
        return room_;
    }
    result<void> took(std::size_t n) override {
        sum_.update(room_.first(n));
        return to_.took(n);
    }

  private:
    body_sink& to_;
    running_checksum& sum_;
    bytes_span room_;
};

} // namespace sluice::s3
