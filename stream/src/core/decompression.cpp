// stream: compressed input of unknown origin taken apart within fixed memory.
#include "malformed.hpp"

#include <sluice/base/error.hpp>
#include <sluice/stream/compression.hpp>

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include <zlib.h>
#include <zstd.h>

namespace sluice {

namespace {

constexpr std::size_t portion_bytes = 128 << 10;
constexpr int largest_zstd_window = 23; // 8 MiB; level 19 needs no more

/// What all codecs share: counting, limits, failures.
class counted_decompressor : public decompressor {
  public:
    void give(bytes_view more) override { input_ = more; }

    result<bytes_view> take() override {
        std::size_t made = 0;
        while (made == 0 && !exhausted()) {
            auto step = advance(portion_.span());
            if (!step) return step.error();
            made = *step;
        }
        content_ += made;
        if (content_ > always_allowed_bytes + most_expansion * taken_) return expands_too_much();
        return portion_.view().first(made);
    }

  protected:
    /// Takes some input and makes some content; returns how much of `into` it filled.
    virtual result<std::size_t> advance(bytes_span into) = 0;
    /// Without more input nothing more comes.
    virtual bool exhausted() const = 0;

    bytes_view input() const { return input_; }
    void took(std::size_t size) {
        input_ = input_.subspan(size);
        taken_ += size;
    }
    failure not_compressed(const char* codec, const char* how) const {
        return malformed(
            std::string(codec) + " at byte " + std::to_string(taken_) + ": " +
            (how ? how : "it cannot be decompressed")
        );
    }

  private:
    failure expands_too_much() const {
        failure why;
        why.code = errc::limit_exceeded;
        why.where = "compressed bytes before byte " + std::to_string(taken_) + ": they expand to " +
                    std::to_string(content_) + " bytes and more; at most 64 MiB and 1000 times " +
                    "their own size are taken";
        return why;
    }

    bytes_view input_;
    std::uint64_t taken_ = 0;
    std::uint64_t content_ = 0;
    buffer portion_{portion_bytes};
};

class zlib_decompressor final : public counted_decompressor {
  public:
    explicit zlib_decompressor(object_codec codec) : gzip_(codec == object_codec::gzip) {
        constexpr int largest_window = 15, with_gzip = 16;
        if (inflateInit2(&stream_, gzip_ ? largest_window + with_gzip : -largest_window) != Z_OK)
            throw std::bad_alloc();
    }
    zlib_decompressor(const zlib_decompressor&) = delete;
    zlib_decompressor& operator=(const zlib_decompressor&) = delete;
    ~zlib_decompressor() override { inflateEnd(&stream_); }

    bool at_member_end() const override { return !open_; }

  private:
    result<std::size_t> advance(bytes_span into) override {
        const bytes_view from = input().first(std::min<std::size_t>(input().size(), 1 << 30));
        if (!open_) inflateReset(&stream_);
        open_ = true;
        stream_.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(from.data()));
        stream_.avail_in = static_cast<uInt>(from.size());
        stream_.next_out = reinterpret_cast<Bytef*>(into.data());
        stream_.avail_out = static_cast<uInt>(into.size());
        const int end = inflate(&stream_, Z_NO_FLUSH);
        const bool fine = end == Z_OK || end == Z_STREAM_END || end == Z_BUF_ERROR;
        if (!fine) return not_compressed(gzip_ ? "gzip" : "deflate", stream_.msg);
        took(from.size() - stream_.avail_in);
        if (end == Z_STREAM_END) open_ = false;
        more_inside_ = stream_.avail_out == 0 && open_;
        return into.size() - stream_.avail_out;
    }
    bool exhausted() const override { return input().empty() && !more_inside_; }

    z_stream stream_{};
    bool gzip_;
    bool open_ = false;
    bool more_inside_ = false; ///< content that found no room
};

class zstd_decompressor final : public counted_decompressor {
  public:
    zstd_decompressor() : context_(ZSTD_createDCtx(), &ZSTD_freeDCtx) {
        if (!context_) throw std::bad_alloc();
        ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, largest_zstd_window);
    }

    bool at_member_end() const override { return !open_; }

  private:
    result<std::size_t> advance(bytes_span into) override {
        ZSTD_inBuffer from{input().data(), input().size(), 0};
        ZSTD_outBuffer to{into.data(), into.size(), 0};
        const std::size_t hint = ZSTD_decompressStream(context_.get(), &to, &from);
        if (ZSTD_isError(hint)) return not_compressed("zstd", ZSTD_getErrorName(hint));
        took(from.pos);
        open_ = hint != 0;
        more_inside_ = to.pos == to.size && open_;
        return to.pos;
    }
    bool exhausted() const override { return input().empty() && !more_inside_; }

    std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context_;
    bool open_ = false;
    bool more_inside_ = false; ///< content that found no room
};

failure block_too_large(std::size_t limit) {
    failure why;
    why.code = errc::limit_exceeded;
    why.where = "its body expands to more than " + std::to_string(limit >> 20) + " MiB";
    return why;
}

void make_room(buffer& memory, std::size_t used, std::size_t more) {
    if (memory.size() >= used + more) return;
    buffer larger(std::max(used + more, 2 * memory.size()));
    if (used > 0) std::memcpy(larger.span().data(), memory.view().data(), used);
    memory = std::move(larger);
}

} // namespace

std::unique_ptr<decompressor> make_decompressor(object_codec codec) {
    if (codec == object_codec::zstd) return std::make_unique<zstd_decompressor>();
    return std::make_unique<zlib_decompressor>(codec);
}

result<bytes_view>
decompress_block(decompressor& source, bytes_view from, std::size_t limit, buffer& into) {
    source.give(from);
    std::size_t size = 0;
    while (true) {
        auto some = source.take();
        if (!some) return some.error();
        if (some->empty()) break;
        if (some->size() > limit - size) return block_too_large(limit);
        make_room(into, size, some->size());
        std::memcpy(into.span().data() + size, some->data(), some->size());
        size += some->size();
    }
    if (!source.at_member_end()) return malformed("its compressed body is cut off");
    return into.view().first(size);
}

} // namespace sluice
