// s3sim: where the bytes of an object or part lie: memory, a file, or nowhere.
#pragma once

#include <sluice/base/bytes.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace sluice::sim {

/// Immutable bytes, shared by the uploads and objects that hold them and the requests that read
/// them. (`flip_bit` breaks the rule on purpose: it is the planted damage.)
class blob {
  public:
    virtual ~blob() = default;
    virtual std::uint64_t size() const = 0;
    /// All bytes when they lie in memory; empty otherwise, then `read` is the way.
    virtual bytes_view view() const { return {}; }
    /// Fills `to` from `offset` on. False when the medium fails.
    virtual bool read(std::uint64_t offset, bytes_span to) const = 0;
    virtual void flip_bit(std::uint64_t offset) = 0;
    /// The name under which the medium keeps it; "" in memory.
    virtual const std::string& name() const = 0;
    /// Lets the medium forget the bytes when the last holder goes.
    virtual void discard() = 0;
};

using blob_ptr = std::shared_ptr<blob>;

/// Takes the bytes of one body in order: fill (a part of) `window()`, then say how much.
class blob_writer {
  public:
    virtual ~blob_writer() = default;
    virtual bytes_span window() = 0;
    /// False when the medium is full or fails.
    virtual bool advance(std::size_t filled) = 0;
    /// Called once, after the last byte; nullptr when the medium fails. Until it is called the
    /// bytes are dropped with the writer.
    virtual blob_ptr finish() = 0;
};

} // namespace sluice::sim
