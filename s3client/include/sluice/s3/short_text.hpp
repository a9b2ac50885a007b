// s3client: texts of answers, which are nearly always short.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iosfwd>
#include <string>
#include <string_view>

namespace sluice::s3 {

/// A text that needs the heap only beyond 40 bytes: an ETag, a version's id, a date. A value; it
/// becomes a std::string_view (while it lives) or a std::string wherever one is wanted. Of less
/// than 4 GiB.
class short_text {
  public:
    short_text() noexcept : here_{} {}
    template <std::convertible_to<std::string_view> Text>
    short_text(const Text& text) : here_{} {
        put(text);
    }
    short_text(const short_text& other) : here_{} { put(other.view()); }
    short_text(short_text&& other) noexcept : here_{} { take(other); }
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
    std::string_view view() const noexcept { return {is_far() ? far_ : here_, size_}; }
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
    static constexpr std::size_t room = 40;

    bool is_far() const noexcept { return size_ > room; }
    void put(std::string_view text) {
        char* const to = text.size() > room ? new char[text.size()] : here_;
        if (!text.empty()) std::memcpy(to, text.data(), text.size());
        if (text.size() > room) far_ = to;
        size_ = static_cast<std::uint32_t>(text.size());
    }
    void take(short_text& from) noexcept {
        if (from.is_far())
            far_ = from.far_;
        else
            std::memcpy(here_, from.here_, room);
        size_ = from.size_;
        from.size_ = 0;
    }
    void drop() noexcept {
        if (is_far()) delete[] far_;
        size_ = 0;
    }

    union {
        char here_[room];
        char* far_;
    };
    std::uint32_t size_ = 0;
};

} // namespace sluice::s3
