// s3client: texts of answers, which are nearly always short.
#pragma once

#include <sluice/base/spare_blocks.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iosfwd>
#include <string>
#include <string_view>

namespace sluice::s3 {

/// A text that costs no heap in the long run, and little room before it is known: an ETag, a
/// version's id, a date. It lies in one of the thread's spare blocks. A value; it becomes a
/// std::string_view (while it lives) or a std::string wherever one is wanted. Of less than 4 GiB.
class short_text {
  public:
    short_text() = default;
    template <std::convertible_to<std::string_view> Text>
    short_text(const Text& text) {
        put(text);
    }
    short_text(const short_text& other) { put(other.view()); }
    short_text(short_text&& other) noexcept { take(other); }
    ~short_text() { drop(); }

    short_text& operator=(const short_text& other) {
        if (this != &other) *this = short_text(other);
        return *this;
    }
    short_text& operator=(short_text&& other) noexcept {
        if (this == &other) return *this;
        drop();
        take(other);
        return *this;
    }

    bool empty() const noexcept { return size_ == 0; }
    std::size_t size() const noexcept { return size_; }
    std::string_view view() const noexcept { return {at_, size_}; }
    std::string str() const { return std::string(view()); }
    operator std::string_view() const noexcept { return view(); }
    operator std::string() const { return str(); }

    template <std::convertible_to<std::string_view> Text>
    friend bool operator==(const short_text& a, const Text& b) {
        return a.view() == std::string_view(b);
    }
    template <class Traits>
    friend std::basic_ostream<char, Traits>&
    operator<<(std::basic_ostream<char, Traits>& to, const short_text& text) {
        return to << text.view();
    }

  private:
    void put(std::string_view text) {
        if (text.empty()) return;
        at_ = static_cast<char*>(take_block(text.size()));
        std::memcpy(at_, text.data(), text.size());
        size_ = static_cast<std::uint32_t>(text.size());
    }
    void take(short_text& from) noexcept {
        at_ = from.at_;
        size_ = from.size_;
        from.size_ = 0;
    }
    void drop() noexcept {
        if (size_ > 0) give_block(at_, size_);
        size_ = 0;
    }

    char* at_ = nullptr; ///< of use only if there is a size
    std::uint32_t size_ = 0;
};

} // namespace sluice::s3
