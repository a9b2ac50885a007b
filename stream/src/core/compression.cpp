// stream: blocks compressed, always in the same way.
#include <sluice/stream/compression.hpp>

#include <new>

#include <zlib.h>
#include <zstd.h>

namespace sluice {

namespace {

/// Fixed, for they are part of what makes the bytes: changed levels change encoder_of.
constexpr int zlib_level = 6;
constexpr int zstd_level = 3;
constexpr int zlib_memory_level = 8;

void start_deflate(z_stream& stream, object_codec codec) {
    constexpr int largest_window = 15, with_gzip = 16;
    const int window = codec == object_codec::gzip ? largest_window + with_gzip : -largest_window;
    const int begun = deflateInit2(
        &stream, zlib_level, Z_DEFLATED, window, zlib_memory_level, Z_DEFAULT_STRATEGY
    );
    if (begun != Z_OK) throw std::bad_alloc();
}

std::size_t deflate_all(object_codec codec, bytes_view from, bytes_span to) {
    z_stream stream{};
    start_deflate(stream, codec);
    // No time and no system, so that the same input is the same bytes everywhere.
    gz_header header{};
    header.os = 255;
    if (codec == object_codec::gzip) deflateSetHeader(&stream, &header);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(from.data()));
    stream.avail_in = static_cast<uInt>(from.size());
    stream.next_out = reinterpret_cast<Bytef*>(to.data());
    stream.avail_out = static_cast<uInt>(to.size());
    deflate(&stream, Z_FINISH);
    const std::size_t size = to.size() - stream.avail_out;
    deflateEnd(&stream);
    return size;
}

std::size_t zstd_all(bytes_view from, bytes_span to) {
    const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context(
        ZSTD_createCCtx(), &ZSTD_freeCCtx
    );
    if (!context) throw std::bad_alloc();
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, zstd_level);
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
    const std::size_t size =
        ZSTD_compress2(context.get(), to.data(), to.size(), from.data(), from.size());
    if (ZSTD_isError(size)) throw std::bad_alloc(); // nothing else can happen with enough room
    return size;
}

} // namespace

std::string compressor_name(object_codec codec) {
    if (codec == object_codec::zstd)
        return "zstd " + std::string(ZSTD_versionString()) + " level " + std::to_string(zstd_level);
    return "zlib " + std::string(zlibVersion()) + " level " + std::to_string(zlib_level);
}

std::size_t compressed_bound(object_codec codec, std::size_t size) {
    if (codec == object_codec::zstd) return ZSTD_compressBound(size);
    constexpr std::size_t gzip_frame = 18; // ten bytes before, eight behind
    return compressBound(static_cast<uLong>(size)) + gzip_frame;
}

std::size_t compress(object_codec codec, bytes_view from, bytes_span to) {
    return codec == object_codec::zstd ? zstd_all(from, to) : deflate_all(codec, from, to);
}

} // namespace sluice
