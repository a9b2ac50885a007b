// s3client: where request bodies come from and response bodies go. Bodies stream; nothing holds a
// part.
#pragma once

#include <sluice/base/bytes.hpp>
#include <sluice/base/recycled_frames.hpp>
#include <sluice/base/result.hpp>
#include <sluice/base/task.hpp>

#include <cstdint>
#include <string>

namespace sluice::s3 {

/// The connection that a body leaves by.
class outlet {
  public:
    /// Bytes given to the system of which the peer's has not said that it has them; 0 where the
    /// system does not tell.
    virtual std::uint64_t unacknowledged() const = 0;

  protected:
    ~outlet() = default;
};

/// A body of known length that can be read again: for retries, and for hashing before sending.
/// Coroutines that are members of it cost no heap.
class body_source : public recycled_frames {
  public:
    virtual ~body_source() = default;
    virtual std::uint64_t size() const = 0;
    /// The next bytes (at least one, at most `most`), valid until the next call; empty at the end.
    virtual task<result<bytes_view>> next(std::size_t most) = 0;
    /// Back to the first byte. Never fails: what can be read again is not held.
    virtual void rewind() = 0;
    /// Told before the first `next` of each sending, and with null when it has ended: `way` lives
    /// until then.
    virtual void leaves_by(const outlet* way) { static_cast<void>(way); }
};

/// Bytes in memory, which must outlive the source.
class memory_source final : public body_source {
  public:
    explicit memory_source(bytes_view bytes) : bytes_(bytes) {}
    std::uint64_t size() const override { return bytes_.size(); }
    task<result<bytes_view>> next(std::size_t most) override;
    void rewind() override { at_ = 0; }

  private:
    bytes_view bytes_;
    std::size_t at_ = 0;
};

/// Takes a response body as it comes. The client reads from the socket straight into `room`.
class body_sink {
  public:
    virtual ~body_sink() = default;
    /// Called once per attempt, before the first byte; `size` is the announced length.
    /// A retry calls it again: everything taken so far is then to be forgotten.
    virtual result<void> begin(std::uint64_t size) = 0;
    /// Where the next bytes go (at least one byte, at most `most` of use); valid until `took`.
    virtual bytes_span room(std::size_t most) = 0;
    /// `n` bytes have arrived in the room; they are hot in cache now.
    virtual result<void> took(std::size_t n) = 0;
};

/// Collects up to `limit` bytes into memory.
class memory_sink final : public body_sink {
  public:
    explicit memory_sink(std::uint64_t limit) : limit_(limit) {}
    result<void> begin(std::uint64_t size) override;
    bytes_span room(std::size_t most) override;
    result<void> took(std::size_t n) override;
    bytes_view bytes() const { return {bytes_.data(), size_}; }

  private:
    std::uint64_t limit_;
    byte_vector bytes_;
    std::size_t size_ = 0;
};

} // namespace sluice::s3
