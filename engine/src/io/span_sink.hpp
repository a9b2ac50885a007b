// engine: a body of known length, straight into its final memory.
#pragma once

#include <sluice/base/bytes.hpp>
#include <sluice/s3/body.hpp>
#include <sluice/s3/error.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace sluice {

/// Errors: s3_errc::unexpected_range for a body of another length.
class span_sink : public s3::body_sink {
  public:
    explicit span_sink(bytes_span into) : into_(into) {}

    result<void> begin(std::uint64_t size) override {
        size_ = 0;
        if (size == into_.size()) return result<void>();
        return of_another_length();
    }
    bytes_span room(std::size_t most) override {
        return into_.subspan(size_, std::min(most, into_.size() - size_));
    }
    result<void> took(std::size_t n) override {
        size_ += n;
        return result<void>();
    }
    bool is_full() const { return size_ == into_.size(); }
    static failure of_another_length() {
        failure why;
        why.code = s3::s3_errc::unexpected_range;
        return why;
    }

  private:
    bytes_span into_;
    std::size_t size_ = 0;
};

} // namespace sluice
