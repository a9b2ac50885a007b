// s3sim: where a store keeps what it must not forget.
#pragma once

#include "core/object.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace sluice::sim {

/// Gives room for bodies and keeps records. Every save answers false when the medium fails; the
/// store then answers 500 and changes nothing. Called under the store's lock, but for `writer`.
class medium {
  public:
    virtual ~medium() = default;
    /// Whether old versions of objects may be kept; their records would have to be, too.
    virtual bool keeps_versions() const { return false; }
    /// nullptr when there is no room.
    virtual std::unique_ptr<blob_writer> writer(std::uint64_t size) = 0;

    virtual bool save_bucket(const std::string& bucket, sys_seconds created) = 0;
    virtual void remove_bucket(const std::string& bucket) = 0;
    virtual bool
    save_object(const std::string& bucket, const std::string& key, const object& one) = 0;
    virtual void remove_object(const std::string& bucket, const std::string& key) = 0;
    virtual bool save_upload(const std::string& bucket, const upload& one) = 0;
    virtual bool save_part(
        const std::string& bucket, const std::string& id, unsigned number, const part& one
    ) = 0;
    virtual void remove_upload(const std::string& bucket, const std::string& id) = 0;
};

/// Keeps bodies in buffers, records nowhere. Bodies of at least `discard_from` bytes are checked
/// and not kept: they come back as zeros.
std::unique_ptr<medium> make_memory_medium(std::uint64_t discard_from);

} // namespace sluice::sim
