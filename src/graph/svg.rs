//! The drawn graph as SVG: light and dark, with titles for those who do not see it.

use std::fmt::Write;

use super::picture::{
    Area, Arrow, BOX_HEIGHT, Box, CAPTION, FRAME_GAP, Frame, NAME_SIZE, NOTE_SIZE, PADDING, Picture, text_width,
};
use crate::markup::{address, escaped};

/// Colours and lines; its names begin with `keg-`, since it may stand within a page.
const STYLE: &str = include_str!("svg/style.css");

/// How the drawing is used.
pub struct Use<'a> {
    /// Where the box of an image leads, by the image's name.
    pub link: &'a dyn Fn(&str) -> String,
    /// Whether it stands within a page, whose addresses its boxes must not take.
    pub is_inline: bool,
}

/// The picture as one `<svg>` element.
pub fn svg(picture: &Picture, wanted: &Use<'_>) -> String {
    let Picture { width, height, .. } = picture;
    let mut text = String::new();
    write!(
        text,
        "<svg class=\"keg-graph\" xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" role=\"group\" aria-labelledby=\"keg-graph-title keg-graph-description\">\n\
         <title id=\"keg-graph-title\">Which image is built on which</title>\n\
         <desc id=\"keg-graph-description\">{}</desc>\n<style>{STYLE}</style>\n\
         <defs><marker id=\"keg-arrow-head\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"8\" \
         markerHeight=\"8\" orient=\"auto\"><path class=\"keg-arrow-head\" d=\"M0 0 8 4 0 8z\"/></marker></defs>\n\
         <rect class=\"keg-back\" width=\"{width}\" height=\"{height}\"/>\n",
        escaped(&description(picture)),
    )
    .ok();
    for Frame { caption, area: Area { x, y, width, height } } in &picture.frames {
        writeln!(
            text,
            "<rect class=\"keg-frame\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" rx=\"8\"/>\
             <text class=\"keg-caption\" x=\"{:.1}\" y=\"{:.1}\" textLength=\"{:.1}\" \
             lengthAdjust=\"spacingAndGlyphs\">{}</text>",
            x + FRAME_GAP,
            y + CAPTION,
            text_width(caption, NOTE_SIZE),
            escaped(caption)
        )
        .ok();
    }
    for arrow in &picture.arrows {
        let dotted = if arrow.is_dotted { " keg-dotted" } else { "" };
        let path = path(arrow);
        writeln!(text, "<path class=\"keg-arrow{dotted}\" d=\"{path}\" marker-end=\"url(#keg-arrow-head)\"/>").ok();
    }
    for one in &picture.boxes {
        draw_box(&mut text, one, wanted);
    }
    text.push_str("</svg>\n");
    text
}

/// The sentence for those who do not see the picture.
fn description(picture: &Picture) -> String {
    let images = picture.boxes.iter().filter(|one| one.image.is_some());
    let (count, stale) = (images.clone().count(), images.filter(|one| one.stale.is_some()).count());
    let outside = picture.boxes.len() - count;
    let mut text =
        format!("{count} images and {outside} from outside; arrows lead from parents to what is built on them.");
    if stale > 0 {
        write!(text, " {stale} are to be built.").ok();
    }
    text
}

/// A curve that leaves and enters each of its points level.
fn path(arrow: &Arrow) -> String {
    let mut path = String::new();
    let mut before: Option<(f64, f64)> = None;
    for &(x, y) in &arrow.points {
        match before {
            None => write!(path, "M{x:.1} {y:.1}"),
            Some((from_x, from_y)) => {
                let middle = f64::midpoint(from_x, x);
                write!(path, "C{middle:.1} {from_y:.1} {middle:.1} {y:.1} {x:.1} {y:.1}")
            }
        }
        .ok();
        before = Some((x, y));
    }
    path
}

fn draw_box(text: &mut String, one: &Box, wanted: &Use<'_>) {
    let Area { x, y, width, height } = one.area;
    let class = one.kind.map_or_else(|| "outside".to_owned(), |kind| kind.to_string());
    let stale = if one.stale.is_some() { " keg-stale" } else { "" };
    let title = match &one.stale {
        Some(reason) => format!("{} ({}): to build, {reason}", one.name, class),
        None => format!("{} ({})", one.name, class),
    };
    let id = if one.image.is_some() && !wanted.is_inline {
        format!(" id=\"{}\"", address(&one.name))
    } else {
        String::new()
    };
    if one.image.is_some() {
        write!(text, "<a href=\"{}\">", escaped(&(wanted.link)(&one.name))).ok();
    }
    write!(
        text,
        "<g{id} class=\"keg-box keg-{class}{stale}\"><title>{}</title>\
         <rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" rx=\"6\"/>",
        escaped(&title)
    )
    .ok();
    let lines = [(&one.label, NAME_SIZE, "keg-name", 0.43), (&one.note, NOTE_SIZE, "keg-note", 0.8)];
    for (line, size, class, part) in lines {
        // With its length given, a text stays within its box whichever font there is.
        write!(
            text,
            "<text class=\"{class}\" x=\"{:.1}\" y=\"{:.1}\" textLength=\"{:.1}\" \
             lengthAdjust=\"spacingAndGlyphs\">{}</text>",
            x + PADDING,
            y + BOX_HEIGHT * part,
            text_width(line, size),
            escaped(line)
        )
        .ok();
    }
    text.push_str("</g>");
    text.push_str(if one.image.is_some() { "</a>\n" } else { "\n" });
}

#[cfg(test)]
mod tests;
