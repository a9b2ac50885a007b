// fuzzing without libFuzzer: mutates a corpus for some seconds, always the same way for a seed.
#include "fuzz.hpp"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iterator>
#include <random>
#include <sstream>
#include <vector>

#include <sys/resource.h>

namespace {

/// No target may hold more than that, whatever an input declares. With a sanitizer, which maps all
/// of the address space, see the options below.
void limit_memory() {
#ifndef __SANITIZE_ADDRESS__
    const rlimit most{rlim_t{512} << 20, rlim_t{512} << 20};
    sluice::fuzz::must(setrlimit(RLIMIT_AS, &most) == 0, "memory can be limited");
#endif
}

constexpr std::uint64_t edges[] = {
    0,
    1,
    0x7f,
    0x80,
    0xff,
    0xffff,
    0x7fffffff,
    0xfffffffe,
    0xffffffff,
    std::uint64_t{1} << 62,
    ~std::uint64_t{0} >> 1,
    ~std::uint64_t{0}};
constexpr const char* words[] = {
    "9223372036854775808",
    "18446744073709551616",
    "-1",
    "0",
    "null",
    "../",
    "/",
    "\"",
    "[",
    "{",
    "\\u0000",
    "%00",
    "1e9",
    "4294967296",
    ":",
    "GiB",
    "\n"};

class mutator {
  public:
    mutator(std::uint64_t seed, std::vector<std::string> corpus)
        : random_(seed), corpus_(std::move(corpus)) {}

    std::string next() {
        std::string made = corpus_[below(corpus_.size())];
        for (std::size_t more = below(5); more > 0; --more)
            change(made);
        return made;
    }

  private:
    std::size_t below(std::size_t limit) { return limit > 0 ? random_() % limit : 0; }

    void change(std::string& text) {
        const std::size_t at = below(text.size() + 1);
        const std::size_t length = std::min(text.size() - at, below(24));
        switch (below(7)) {
        case 0:
            if (at < text.size()) text[at] = static_cast<char>(text[at] ^ (1 << below(8)));
            break;
        case 1:
            if (at < text.size()) text[at] = static_cast<char>(below(256));
            break;
        case 2:
            text.erase(at, length);
            break;
        case 3:
            text.insert(at, text.substr(at, length));
            break;
        case 4:
            put_edge(text, at);
            break;
        case 5:
            text.replace(at, below(2) * length, words[below(std::size(words))]);
            break;
        default:
            text = text.substr(0, at) + splice();
        }
    }
    std::string splice() {
        const std::string& other = corpus_[below(corpus_.size())];
        return other.substr(below(other.size() + 1));
    }
    /// A number of 1, 2, 4 or 8 bytes, or an Avro long, over what stands there.
    void put_edge(std::string& text, std::size_t at) {
        std::uint64_t value = edges[below(std::size(edges))];
        std::string bytes;
        if (below(2) == 0) {
            for (std::size_t left = std::size_t{1} << below(4); left > 0; --left, value >>= 8)
                bytes += static_cast<char>(value & 0xff);
        } else {
            for (; value > 0x7f; value >>= 7)
                bytes += static_cast<char>((value & 0x7f) | 0x80);
            bytes += static_cast<char>(value);
        }
        text.replace(at, std::min(bytes.size(), text.size() - at), bytes);
    }

    std::mt19937_64 random_;
    std::vector<std::string> corpus_;
};

void feed(const std::string& input, const char* keep) {
    if (keep) std::ofstream(keep, std::ios::binary | std::ios::trunc) << input;
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

/// Each line of a text file is an input.
void split(const std::string& text, std::vector<std::string>& to) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
        to.push_back(line);
}

/// Each seed stands behind its length, 4 bytes, little-endian.
void unpack(const std::string& text, std::vector<std::string>& to) {
    constexpr std::size_t prefix = 4;
    for (std::size_t at = 0; at + prefix <= text.size();) {
        std::size_t size = 0;
        for (std::size_t n = prefix; n-- > 0;)
            size = size << 8 | static_cast<unsigned char>(text[at + n]);
        sluice::fuzz::must(size <= text.size() - at - prefix, "a bundle of seeds is whole");
        to.push_back(text.substr(at + prefix, size));
        at += prefix + size;
    }
}

std::vector<std::string> read_all(char** from, char** end) {
    std::vector<std::string> corpus{""};
    for (; from < end; ++from) {
        std::ifstream file(*from, std::ios::binary);
        sluice::fuzz::must(file.good(), "the corpus can be read");
        std::string text(std::istreambuf_iterator<char>(file), {});
        if (std::string_view(*from).ends_with(".txt"))
            split(text, corpus);
        else if (std::string_view(*from).ends_with(".seeds"))
            unpack(text, corpus);
        else
            corpus.push_back(std::move(text));
    }
    return corpus;
}

} // namespace

/// Read by the address sanitizer.
extern "C" const char* __asan_default_options();
extern "C" const char* __asan_default_options() {
    return "max_allocation_size_mb=192:quarantine_size_mb=16:hard_rss_limit_mb=1024";
}

/// usage: TARGET NAME SECONDS SEED [CORPUS-FILE...]; FUZZ_KEEP names a file for the last input.
int main(int count, char** words_given) {
    if (count < 4) return 2;
    const char* keep = std::getenv("FUZZ_KEEP");
    const auto seconds = std::chrono::seconds(std::strtol(words_given[2], nullptr, 10));
    const auto seed = std::strtoull(words_given[3], nullptr, 10);
    limit_memory();
    const auto corpus = read_all(words_given + 4, words_given + count);
    std::printf("seed %llu\n", seed);
    std::fflush(stdout);
    for (const std::string& each : corpus)
        feed(each, keep);
    mutator make(seed, corpus);
    std::uint64_t runs = 0;
    const auto until = std::chrono::steady_clock::now() + seconds;
    for (; std::chrono::steady_clock::now() < until; ++runs)
        feed(make.next(), keep);
    std::printf(
        "%zu seeds, %llu inputs\n@case passed fuzz/%s\n@counts 1 0 0 of 1\n",
        corpus.size(),
        static_cast<unsigned long long>(runs),
        words_given[1]
    );
    return 0;
}
