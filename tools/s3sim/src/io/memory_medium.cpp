// s3sim: bodies in memory, each in one buffer of its final size.
#include "io/large_memory.hpp"
#include "io/medium.hpp"

#include <sluice/base/buffer.hpp>

#include <algorithm>
#include <cstring>
#include <new>

namespace sluice::sim {

namespace memory_detail {

// A body is read in pieces of this size, so that checksums are made while the bytes are hot.
constexpr std::size_t window_bytes = std::size_t(1) << 20;
// Where nothing is kept the window is written over again and again: it fits the L2 cache.
constexpr std::size_t discard_window_bytes = std::size_t(256) << 10;

class memory_blob final : public blob {
  public:
    explicit memory_blob(large_memory bytes) : bytes_(std::move(bytes)) {}
    std::uint64_t size() const override { return bytes_.view().size(); }
    bytes_view view() const override { return bytes_.view(); }
    bool read(std::uint64_t offset, bytes_span to) const override {
        if (!to.empty()) std::memcpy(to.data(), bytes_.view().data() + offset, to.size());
        return true;
    }
    void flip_bit(std::uint64_t offset) override { bytes_.span()[offset] ^= std::byte{1}; }
    const std::string& name() const override { return name_; }
    void discard() override {}

  private:
    large_memory bytes_;
    std::string name_;
};

class memory_writer final : public blob_writer {
  public:
    explicit memory_writer(std::size_t size) : bytes_(size) {}
    bytes_span window() override {
        const auto left = bytes_.span().subspan(filled_);
        return left.first(std::min(left.size(), window_bytes));
    }
    bool advance(std::size_t filled) override {
        filled_ += filled;
        return true;
    }
    blob_ptr finish() override { return std::make_shared<memory_blob>(std::move(bytes_)); }

  private:
    large_memory bytes_;
    std::size_t filled_ = 0;
};

/// Bytes that nobody keeps: read, they are zeros.
class discarded_blob final : public blob {
  public:
    explicit discarded_blob(std::uint64_t size) : size_(size) {}
    std::uint64_t size() const override { return size_; }
    bool read(std::uint64_t, bytes_span to) const override {
        std::ranges::fill(to, std::byte{0});
        return true;
    }
    void flip_bit(std::uint64_t) override {}
    const std::string& name() const override { return name_; }
    void discard() override {}

  private:
    std::uint64_t size_;
    std::string name_;
};

/// One window for all bytes: they are checksummed in it, and written over.
class discarding_writer final : public blob_writer {
  public:
    discarding_writer() : window_(discard_window_bytes) {}
    bytes_span window() override { return window_.span(); }
    bool advance(std::size_t filled) override {
        size_ += filled;
        return true;
    }
    blob_ptr finish() override { return std::make_shared<discarded_blob>(size_); }

  private:
    buffer window_;
    std::uint64_t size_ = 0;
};

class memory_medium final : public medium {
  public:
    explicit memory_medium(std::uint64_t discard_from) : discard_from_(discard_from) {}
    std::unique_ptr<blob_writer> writer(std::uint64_t size) override {
        try {
            if (size >= discard_from_) return std::make_unique<discarding_writer>();
            return std::make_unique<memory_writer>(size);
        } catch (const std::bad_alloc&) {
            return nullptr; // The size is the client's word; it must not end the server.
        }
    }
    bool keeps_versions() const override { return true; }
    bool save_bucket(const std::string&, sys_seconds) override { return true; }
    void remove_bucket(const std::string&) override {}
    bool save_object(const std::string&, const std::string&, const object&) override {
        return true;
    }
    void remove_object(const std::string&, const std::string&) override {}
    bool save_upload(const std::string&, const upload&) override { return true; }
    bool save_part(const std::string&, const std::string&, unsigned, const part&) override {
        return true;
    }
    void remove_upload(const std::string&, const std::string&) override {}

  private:
    std::uint64_t discard_from_;
};

} // namespace memory_detail

std::unique_ptr<medium> make_memory_medium(std::uint64_t discard_from) {
    return std::make_unique<memory_detail::memory_medium>(discard_from);
}

} // namespace sluice::sim
