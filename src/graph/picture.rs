//! Where the boxes and arrows of the drawn graph stand. Pure.
//!
//! Roots stand at the left. Many images that are built on just the same and have no children stand in one frame, in
//! rows and columns: two hundred taps on one hub would otherwise be a column that nobody can look over.

use std::collections::{BTreeMap, BTreeSet};

use dagre::graph::Graph as Layout;
use dagre::{EdgeLabel, LayoutOptions, NodeLabel, RankAlign, RankDir, Ranker, layout};
use unicode_width::UnicodeWidthStr;

use crate::workspace::{EdgeKind, ImageIndex, Kind, ParentImage, Workspace};

/// The size of an image's name, in pixels.
pub const NAME_SIZE: f64 = 13.0;
/// The size of the line below it, in pixels.
pub const NOTE_SIZE: f64 = 11.0;
/// The height of every box.
pub const BOX_HEIGHT: f64 = 42.0;
/// From a box's left and right side to its text.
pub const PADDING: f64 = 12.0;
/// How wide a letter of a monospaced font is, as a part of its size.
pub const LETTER: f64 = 0.6;

/// Longer names are cut in the middle; the whole one is the box's title.
const LONGEST_NAME: usize = 36;
/// So many childless images with the same parents stand in a frame.
const SMALLEST_FRAME: usize = 5;
/// So many columns a frame has at most, so that a page has to be scrolled one way only.
const MOST_COLUMNS: usize = 4;
/// Between the boxes of a frame, and between them and the frame.
pub const FRAME_GAP: f64 = 10.0;
/// What a frame's caption takes of its height.
pub const CAPTION: f64 = 18.0;
/// Between boxes above each other.
const GAP: f64 = 16.0;
/// Between levels.
const LEVEL_GAP: f64 = 64.0;
/// Around the picture.
const MARGIN: f64 = 16.0;
/// From so many places on, levels are found by the quick way instead of the one with the shortest arrows.
const MANY: usize = 400;

/// The drawn graph, in pixels from its upper left corner.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Picture {
    /// Its width.
    pub width: f64,
    /// Its height.
    pub height: f64,
    /// The boxes: images of the workspace in their order, then those from outside.
    pub boxes: Vec<Box>,
    /// The frames around boxes that have the same parents.
    pub frames: Vec<Frame>,
    /// The arrows from parents to children.
    pub arrows: Vec<Arrow>,
}

/// A rectangle.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Area {
    /// Its left side.
    pub x: f64,
    /// Its upper side.
    pub y: f64,
    /// Its width.
    pub width: f64,
    /// Its height.
    pub height: f64,
}

/// Boxes that have the same parents.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    /// What they are built on, as it fits.
    pub caption: String,
    /// Where it stands.
    pub area: Area,
}

/// One image.
#[derive(Debug, Clone, PartialEq)]
pub struct Box {
    /// The name, whole.
    pub name: String,
    /// The name as it fits.
    pub label: String,
    /// The line below it.
    pub note: String,
    /// The image in the workspace; `None` for one from outside.
    pub image: Option<ImageIndex>,
    /// Its kind; `None` for one from outside.
    pub kind: Option<Kind>,
    /// Why it is to be built anew, where it is.
    pub stale: Option<String>,
    /// Where it stands.
    pub area: Area,
}

/// From a parent to what is built on it.
#[derive(Debug, Clone, PartialEq)]
pub struct Arrow {
    /// The points that it goes through, at least two.
    pub points: Vec<(f64, f64)>,
    /// Whether only `depends_on` says so.
    pub is_dotted: bool,
}

impl Area {
    /// Whether the two have a point in common.
    pub fn meets(&self, other: &Self) -> bool {
        self.x < other.x + other.width
            && other.x < self.x + self.width
            && self.y < other.y + other.height
            && other.y < self.y + self.height
    }
}

/// How wide a text in a monospaced font of this size is.
pub fn text_width(text: &str, size: f64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "texts of boxes are short")]
    let columns = text.width() as f64;
    columns * size * LETTER
}

/// A box or a frame, as it is placed.
struct Place {
    boxes: Vec<usize>,
    caption: String,
    columns: usize,
    width: f64,
    height: f64,
}

/// An arrow's ends and whether it is dotted, between boxes or places.
type Ends = (usize, usize, bool);

/// Draws the graph of `workspace`. `stale` gives the images that are to be built anew, with the reasons.
pub fn picture(workspace: &Workspace, stale: &BTreeMap<ImageIndex, String>) -> Picture {
    let (mut boxes, arrows) = boxes_and_arrows(workspace, stale);
    let places = places(&boxes, &arrows);
    let mut place_of = vec![0; boxes.len()];
    for (number, place) in places.iter().enumerate() {
        place.boxes.iter().for_each(|&one| place_of[one] = number);
    }
    let between: BTreeSet<Ends> =
        arrows.iter().map(|&(from, to, dotted)| (place_of[from], place_of[to], dotted)).collect();
    let laid_out = lay_out(&places, &between);

    let mut picture = Picture { width: laid_out.width, height: laid_out.height, ..Picture::default() };
    for (place, area) in places.iter().zip(&laid_out.areas) {
        if place.boxes.len() > 1 {
            picture.frames.push(Frame { caption: place.caption.clone(), area: *area });
        }
        put_boxes(place, *area, &mut boxes);
    }
    picture.boxes = boxes;
    picture.arrows = laid_out.arrows;
    picture
}

fn boxes_and_arrows(workspace: &Workspace, stale: &BTreeMap<ImageIndex, String>) -> (Vec<Box>, BTreeSet<Ends>) {
    let mut boxes: Vec<Box> = Vec::new();
    for (index, image) in workspace.iter() {
        let stale = stale.get(&index).cloned();
        let note = if stale.is_some() { format!("{} · to build", image.kind) } else { image.kind.to_string() };
        boxes.push(new_box(image.full_name(), note, Some((index, image.kind)), stale));
    }
    let mut outside: BTreeMap<String, usize> = BTreeMap::new();
    let mut arrows: BTreeMap<(usize, usize), bool> = BTreeMap::new();
    for (index, image) in workspace.iter() {
        for parent in &image.parents {
            let from = match &parent.image {
                ParentImage::Workspace(parent) => parent.0,
                ParentImage::Outside(reference) => *outside.entry(reference.familiar()).or_insert_with(|| {
                    boxes.push(new_box(reference.familiar(), "from outside".to_owned(), None, None));
                    boxes.len() - 1
                }),
            };
            let is_dotted = parent.edge.kind == EdgeKind::DependsOn;
            arrows.entry((from, index.0)).and_modify(|dotted| *dotted &= is_dotted).or_insert(is_dotted);
        }
    }
    (boxes, arrows.into_iter().map(|((from, to), dotted)| (from, to, dotted)).collect())
}

fn new_box(name: String, note: String, image: Option<(ImageIndex, Kind)>, stale: Option<String>) -> Box {
    let label = shortened(&name);
    let text = text_width(&label, NAME_SIZE).max(text_width(&note, NOTE_SIZE));
    let area = Area { width: (text + 2.0 * PADDING).ceil(), height: BOX_HEIGHT, ..Area::default() };
    Box { name, label, note, image: image.map(|(index, _)| index), kind: image.map(|(_, kind)| kind), stale, area }
}

/// The beginning and the end of a name that is too long: the end has the tag, or what tells it from its siblings.
fn shortened(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    if letters.len() <= LONGEST_NAME {
        return name.to_owned();
    }
    let end = LONGEST_NAME / 2;
    let start = LONGEST_NAME - end - 1;
    letters[..start].iter().chain(&['…']).chain(&letters[letters.len() - end..]).collect()
}

/// Each box for itself, but childless ones with the same parents together where they are many.
fn places(boxes: &[Box], arrows: &BTreeSet<Ends>) -> Vec<Place> {
    let mut parents: Vec<Vec<(usize, bool)>> = vec![Vec::new(); boxes.len()];
    let mut has_children = vec![false; boxes.len()];
    for &(from, to, dotted) in arrows {
        parents[to].push((from, dotted));
        has_children[from] = true;
    }
    let mut alike: BTreeMap<&[(usize, bool)], Vec<usize>> = BTreeMap::new();
    for (number, parents) in parents.iter().enumerate().filter(|(number, _)| !has_children[*number]) {
        alike.entry(parents).or_default().push(number);
    }
    let mut places = Vec::new();
    let mut is_framed = vec![false; boxes.len()];
    for (parents, group) in alike.into_iter().filter(|(_, group)| group.len() >= SMALLEST_FRAME) {
        group.iter().for_each(|&one| is_framed[one] = true);
        let on: Vec<&str> = parents.iter().map(|(parent, _)| boxes[*parent].name.as_str()).collect();
        places.push(frame(group, boxes, &on));
    }
    let alone = (0..boxes.len()).filter(|one| !is_framed[*one]).map(|one| {
        let Area { width, height, .. } = boxes[one].area;
        Place { boxes: vec![one], caption: String::new(), columns: 1, width, height }
    });
    places.extend(alone);
    // Neighbours of the layout begin in this order.
    places.sort_by_key(|place| place.boxes[0]);
    places
}

fn frame(group: Vec<usize>, boxes: &[Box], on: &[&str]) -> Place {
    let caption = if on.is_empty() { String::new() } else { shortened(&format!("on {}", on.join(", "))) };
    let of_caption = text_width(&caption, NOTE_SIZE);
    let cell = group.iter().map(|&one| boxes[one].area.width).fold(of_caption, f64::max).ceil();
    let rows = |columns: usize| whole(group.len().div_ceil(columns));
    let height_of = |columns: usize| rows(columns) * (BOX_HEIGHT + FRAME_GAP) + FRAME_GAP + CAPTION;
    let width_of = |columns: usize| whole(columns) * (cell + FRAME_GAP) + FRAME_GAP;
    let is_flat = |columns: &usize| height_of(*columns) <= 1.5 * width_of(*columns);
    let columns = (1..MOST_COLUMNS).find(is_flat).unwrap_or(MOST_COLUMNS);
    Place { caption, columns, width: width_of(columns), height: height_of(columns), boxes: group }
}

/// Puts the boxes of a place into its area, column by column.
fn put_boxes(place: &Place, area: Area, boxes: &mut [Box]) {
    if let [only] = place.boxes[..] {
        boxes[only].area = area;
        return;
    }
    let rows = place.boxes.len().div_ceil(place.columns);
    let cell = (place.width - FRAME_GAP) / whole(place.columns) - FRAME_GAP;
    for (position, &one) in place.boxes.iter().enumerate() {
        boxes[one].area = Area {
            x: area.x + FRAME_GAP + whole(position / rows) * (cell + FRAME_GAP),
            y: area.y + CAPTION + FRAME_GAP + whole(position % rows) * (BOX_HEIGHT + FRAME_GAP),
            width: cell,
            height: BOX_HEIGHT,
        };
    }
}

#[derive(Default)]
struct LaidOut {
    width: f64,
    height: f64,
    areas: Vec<Area>,
    arrows: Vec<Arrow>,
}

fn lay_out(places: &[Place], arrows: &BTreeSet<Ends>) -> LaidOut {
    let mut graph: Layout<NodeLabel, EdgeLabel> = Layout::new();
    for (number, place) in places.iter().enumerate() {
        let label = NodeLabel { width: place.width, height: place.height, ..NodeLabel::default() };
        graph.set_node(number.to_string(), Some(label));
    }
    for (from, to, _) in arrows {
        graph.set_edge(from.to_string(), to.to_string(), Some(EdgeLabel::default()), None);
    }
    let ranker = if places.len() > MANY { Ranker::LongestPath } else { Ranker::NetworkSimplex };
    let options = LayoutOptions {
        rankdir: RankDir::LR,
        nodesep: GAP,
        edgesep: GAP / 2.0,
        ranksep: LEVEL_GAP,
        ranker,
        // Left, in a picture that leads to the right.
        rank_align: RankAlign::Top,
        ..LayoutOptions::default()
    };
    layout(&mut graph, Some(options));

    let area = |(number, place): (usize, &Place)| {
        let (x, y) = graph.node(&number.to_string()).and_then(|node| Some((node.x?, node.y?))).unwrap_or_default();
        let (x, y) = (x - place.width / 2.0, y - place.height / 2.0);
        Area { x, y, width: place.width, height: place.height }
    };
    let areas: Vec<Area> = places.iter().enumerate().map(area).collect();
    let levels = levels(&areas);
    let arrows = arrows.iter().filter_map(|&(from, to, is_dotted)| {
        let points = &graph.edge(&from.to_string(), &to.to_string(), None)?.points;
        let inner = points.iter().skip(1).take(points.len().saturating_sub(2)).map(|point| (point.x, point.y));
        Some(Arrow { points: led(inner, &areas[from], &areas[to], &levels), is_dotted })
    });
    let arrows = arrows.collect();
    moved(LaidOut { arrows, areas, ..LaidOut::default() })
}

/// Where each level begins and ends, from left to right.
fn levels(areas: &[Area]) -> Vec<(f64, f64)> {
    let mut sorted: Vec<(f64, f64)> = areas.iter().map(|area| (area.x, area.x + area.width)).collect();
    sorted.sort_by(|one, other| one.0.total_cmp(&other.0));
    let mut levels: Vec<(f64, f64)> = Vec::new();
    for (left, right) in sorted {
        match levels.last_mut() {
            Some(last) if left < last.1 => last.1 = last.1.max(right),
            _ => levels.push((left, right)),
        }
    }
    levels
}

/// The points of an arrow, which leaves at the right and enters at the left. What it passes on a level it passes level
/// from side to side, so that it does not run behind a wide neighbour.
fn led(inner: impl Iterator<Item = (f64, f64)>, from: &Area, to: &Area, levels: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let start = (from.x + from.width, from.y + from.height / 2.0);
    let end = (to.x, to.y + to.height / 2.0);
    let mut points = vec![start];
    let own = |level: &&(f64, f64)| !(level.0 < start.0 && from.x < level.1) && level.0 < end.0;
    for (x, y) in inner {
        match levels.iter().find(|level| level.0 <= x && x <= level.1) {
            Some(level) => {
                points.extend(Some(level).filter(own).into_iter().flat_map(|level| [(level.0, y), (level.1, y)]))
            }
            None => points.push((x, y)),
        }
    }
    points.push(end);
    points.dedup();
    points
}

/// Moves everything so that the margin is around it.
fn moved(mut laid_out: LaidOut) -> LaidOut {
    let corners =
        laid_out.areas.iter().flat_map(|area| [(area.x, area.y), (area.x + area.width, area.y + area.height)]);
    let points = laid_out.arrows.iter().flat_map(|arrow| arrow.points.iter().copied());
    let all: Vec<(f64, f64)> = corners.chain(points).collect();
    let least = |side: fn(&(f64, f64)) -> f64| all.iter().map(side).fold(f64::INFINITY, f64::min);
    let most = |side: fn(&(f64, f64)) -> f64| all.iter().map(side).fold(f64::NEG_INFINITY, f64::max);
    if all.is_empty() {
        return LaidOut { width: 2.0 * MARGIN, height: 2.0 * MARGIN, ..laid_out };
    }
    let (left, top) = (least(|point| point.0) - MARGIN, least(|point| point.1) - MARGIN);
    (laid_out.width, laid_out.height) =
        ((most(|point| point.0) - left + MARGIN).ceil(), (most(|point| point.1) - top + MARGIN).ceil());
    for area in &mut laid_out.areas {
        (area.x, area.y) = (area.x - left, area.y - top);
    }
    for point in laid_out.arrows.iter_mut().flat_map(|arrow| &mut arrow.points) {
        *point = (point.0 - left, point.1 - top);
    }
    laid_out
}

#[expect(clippy::cast_precision_loss, reason = "a picture has fewer boxes than a float has digits")]
fn whole(number: usize) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests;
